import { expect, test } from "bun:test";
import type { Party } from "../../lib/rendezvous/introductions.ts";
import {
  neededTurn,
  PAIR_GAP_MS,
  TURN_REST_MS,
  TURN_WAIT_MS,
  type TurnLength,
  Turns,
} from "../../lib/rendezvous/turns.ts";
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

const SEQUENTIAL: NatReport = { ...RANDOM, allocation: { kind: "sequential", step: 1 } };

function partyOf(seed: number): Party {
  return { peerId: cardOf(seed).peerId, sinceMs: START };
}

function has(
  turns: Turns,
  now: number,
  pair: readonly [Party, Party],
  length: TurnLength = "long",
): boolean {
  return turns.take(now, ...pair, length) !== undefined;
}

test("two have it at once, and then neither with anybody until both have rested", () => {
  const turns = new Turns();
  if (!ANN || !BOB || !CAROL || !DAVE) throw new Error("Four are there");

  const afterMs = TURN_REST_MS - TURN_WAIT_MS;

  expect(turns.take(START, ANN, BOB, "long")).toBe(0);
  expect(turns.take(START + 1, ANN, CAROL, "long")).toBeUndefined();
  expect(turns.take(START + 1, CAROL, BOB, "long")).toBeUndefined();
  expect(turns.take(START + 1, CAROL, DAVE, "long")).toBe(0);
  expect(turns.take(START + afterMs - 1, ANN, CAROL, "long")).toBeUndefined();
  // Carol has begun a moment later than Ann.
  expect(turns.take(START + afterMs + 1, ANN, CAROL, "long")).toBe(TURN_WAIT_MS);
  expect(turns.take(START + 2 * TURN_REST_MS, ANN, BOB, "long")).toBe(1);
});

test("a client has two turns no sooner after one another than it rests, told early or not", () => {
  const turns = new Turns();
  const others = Array.from({ length: 20 }, (_, i) => partyOf(50 + i));
  if (!ANN) throw new Error("Ann is there");
  const begun: number[] = [];

  for (let now = START; now < START + 300_000; now += 700) {
    for (const other of others) {
      const waitMs = turns.take(now, ANN, other, "long");
      if (waitMs !== undefined) begun.push(now + waitMs);
    }
  }

  const gaps = begun.slice(1).map((atMs, i) => atMs - (begun[i] ?? 0));
  expect(gaps.length).toBeGreaterThan(10);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(TURN_REST_MS);
});

test("each of many gets it, whatever the order in which they are introduced", () => {
  const turns = new Turns();
  const left = Array.from({ length: 8 }, (_, i) => partyOf(10 + i));
  const right = Array.from({ length: 8 }, (_, i) => partyOf(30 + i));
  const waiting = new Set(left.flatMap((a) => right.map((b) => [a, b] as const)));

  let rounds = 0;
  for (; waiting.size > 0 && rounds < 100; rounds++) {
    for (const pair of waiting) {
      if (has(turns, START + rounds * STEADY_MS, pair)) waiting.delete(pair);
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
    if (has(turns, now, [ANN, BOB])) had.push("bob");
    if (has(turns, now, [ANN, CAROL])) had.push("carol");
  }

  expect(had.slice(0, 6)).toEqual(["bob", "carol", "bob", "carol", "bob", "carol"]);
  expect(had.length).toBeLessThan(600_000 / PAIR_GAP_MS / 2);
});

test("a long turn does not keep others from short ones, nor short ones from a long one", () => {
  const turns = new Turns();
  if (!ANN || !BOB || !CAROL) throw new Error("Three are there");

  expect(turns.take(START, ANN, BOB, "long")).toBe(0);
  expect(turns.take(START, ANN, CAROL, "short")).toBe(0);
  expect(turns.take(START + TURN_REST_MS, ANN, CAROL, "long")).toBe(0);
});

test("what is soon done is soon done again", () => {
  const turns = new Turns();
  if (!ANN || !BOB) throw new Error("Two are there");
  const ladder = [0, 500, 1_000, 2_000, 4_000, 14_000, 24_000, 34_000];

  const had = ladder.filter((t) => has(turns, START + t, [ANN, BOB], "short"));

  expect(had).toEqual([0, 1_000, 4_000, 14_000, 24_000, 34_000]);
});

test.each([
  ["by chance, and filtered by port", RANDOM, HOME_NAT, "long"],
  ["in a block", { ...RANDOM, allocation: { kind: "block", low: 1, high: 512 } }, HOME_NAT, "long"],
  [
    "by chance as far as one address shows",
    { ...RANDOM, mapping: "endpoint-independent", compared: { ports: true, addresses: false } },
    HOME_NAT,
    "long",
  ],
  ["by chance at both", RANDOM, RANDOM, undefined],
  ["by chance at none", HOME_NAT, HOME_NAT, undefined],
  ["let in by everybody", RANDOM, { ...HOME_NAT, filtering: "endpoint-independent" }, undefined],
  ["in a sequence", SEQUENTIAL, HOME_NAT, undefined],
  ["in two sequences", SEQUENTIAL, SEQUENTIAL, "short"],
  ["by chance, and in a sequence", RANDOM, SEQUENTIAL, undefined],
  ["without UDP", RANDOM, { ...HOME_NAT, isBlocked: true }, undefined],
] as const)("ports %s: %#", (_, a: NatReport, b: NatReport, expected) => {
  const [one, other] = [encodeNatReport(a), encodeNatReport(b)];

  expect([neededTurn(one, other), neededTurn(other, one)]).toEqual([expected, expected]);
  expect([neededTurn(one, undefined), neededTurn(Uint8Array.of(1), one)]).toEqual([
    undefined,
    undefined,
  ]);
});
