import { expect, test } from "bun:test";
import type { Party } from "../../lib/rendezvous/introductions.ts";
import { needsTurn, TURN_GAP_MS, Turns } from "../../lib/rendezvous/turns.ts";
import { encodeNatReport, type NatReport } from "../../lib/wire/nat.ts";
import { HOME_NAT } from "../support/homenat.ts";
import { cardOf, START } from "./people.ts";

const [ANN, BOB, CAROL, DAVE] = [1, 2, 3, 4].map(partyOf);

/** What the server does as often as it introduces two who find no path. */
const STEADY_MS = 10_000;

const RANDOM: NatReport = {
  ...HOME_NAT,
  mapping: "address-and-port-dependent",
  allocation: { kind: "random" },
};

function partyOf(seed: number): Party {
  return { peerId: cardOf(seed).peerId, sinceMs: START };
}

test("two have it at once, and then neither with anybody until both have rested", () => {
  const turns = new Turns();
  if (!ANN || !BOB || !CAROL || !DAVE) throw new Error("Four are there");

  expect(turns.take(START, ANN, BOB)).toBe(true);
  expect(turns.take(START + 1, ANN, CAROL)).toBe(false);
  expect(turns.take(START + 1, CAROL, BOB)).toBe(false);
  expect(turns.take(START + 1, CAROL, DAVE)).toBe(true);
  expect(turns.take(START + TURN_GAP_MS - 1, ANN, CAROL)).toBe(false);
  expect(turns.take(START + TURN_GAP_MS + 1, ANN, CAROL)).toBe(true);
});

test("each of many gets it, whatever the order in which they are introduced", () => {
  const turns = new Turns();
  const left = Array.from({ length: 8 }, (_, i) => partyOf(10 + i));
  const right = Array.from({ length: 8 }, (_, i) => partyOf(30 + i));
  const waiting = new Set(left.flatMap((a) => right.map((b) => [a, b] as const)));

  let rounds = 0;
  for (; waiting.size > 0 && rounds < 100; rounds++) {
    for (const pair of waiting) {
      if (turns.take(START + rounds * STEADY_MS, ...pair)) waiting.delete(pair);
    }
  }

  // Eight are at it at once at the best, every twenty seconds.
  expect(rounds).toBeWithin(2 * 8 - 1, 4 * 8);
});

test("a pair whose turn comes to nothing leaves the next ones to others", () => {
  const turns = new Turns();
  if (!ANN || !BOB || !CAROL) throw new Error("Three are there");
  const had: string[] = [];

  for (let now = START; now < START + 600_000; now += STEADY_MS) {
    if (turns.take(now, ANN, BOB)) had.push("bob");
    if (turns.take(now, ANN, CAROL)) had.push("carol");
  }

  expect(had.slice(0, 6)).toEqual(["bob", "carol", "bob", "carol", "bob", "carol"]);
  expect(had.length).toBeLessThan(600_000 / TURN_GAP_MS / 2);
});

test.each([
  ["by chance, and filtered by port", RANDOM, HOME_NAT, true],
  ["in a block", { ...RANDOM, allocation: { kind: "block", low: 1, high: 512 } }, HOME_NAT, true],
  [
    "by chance as far as one address shows",
    { ...RANDOM, mapping: "endpoint-independent", compared: { ports: true, addresses: false } },
    HOME_NAT,
    true,
  ],
  ["by chance at both", RANDOM, RANDOM, false],
  ["by chance at none", HOME_NAT, HOME_NAT, false],
  ["let in by everybody", RANDOM, { ...HOME_NAT, filtering: "endpoint-independent" }, false],
  ["in a sequence", { ...RANDOM, allocation: { kind: "sequential", step: 1 } }, HOME_NAT, false],
  ["without UDP", RANDOM, { ...HOME_NAT, isBlocked: true }, false],
] as const)("ports %s: %#", (_, a: NatReport, b: NatReport, expected) => {
  const [one, other] = [encodeNatReport(a), encodeNatReport(b)];

  expect([needsTurn(one, other), needsTurn(other, one)]).toEqual([expected, expected]);
  expect([needsTurn(one, undefined), needsTurn(Uint8Array.of(1), one)]).toEqual([false, false]);
});
