import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { KIND_NAMES, type KindName } from "./kinds.ts";
import { verdict, type Technique } from "./oracle.ts";
import { Prng } from "./prng.ts";
import { simulate } from "./scenario.ts";
import { siteOf, type Site } from "./site.ts";

/** Between any two who are not on one network, one way. */
const DELAY_MS = 20;
const ROUND_TRIP_MS = 2 * DELAY_MS;

/** What others are tried with each kind, in both directions. */
const OTHERS: readonly KindName[] = [
  "open",
  "port-restricted",
  "poisoning",
  "symmetric-random",
  "dual-stack",
];

/**
 * To the server, to both, and the call with the word in its answer: two round trips. Where only one
 * can call, and it is the one who writes, the word follows the answer. And who must not come too
 * early waits a little.
 */
const BARS_MS: Partial<Readonly<Record<Technique, number>>> = {
  fire: 2 * ROUND_TRIP_MS,
  "open first": 2.25 * ROUND_TRIP_MS,
  answer: 2.5 * ROUND_TRIP_MS,
  "other family": 2.5 * ROUND_TRIP_MS,
};

/** Until who has registered has proved its other address, and asks for others once more. */
const SHOWING_MS = 2.5 * ROUND_TRIP_MS;

/** A network at home costs nothing, and the clock is virtual: what is more than this is a wait. */
const HERE = { delayMs: 0, jitterMs: 0 };
const SLACK_MS = 0.1;

/** Until all is known of both routers. */
const SURVEYED_MS = 6_000;

test.each([
  ["that has just come", 0],
  ["that has looked at its network", SURVEYED_MS],
] as const)(
  "the first word to a stranger, from each kind of client %s",
  (_, waitMs) => {
    const late: string[] = [];

    for (const a of KIND_NAMES) {
      for (const b of OTHERS) {
        if (OTHERS.indexOf(a) > OTHERS.indexOf(b)) continue;
        late.push(...lateOf(a, b, waitMs));
        if (a !== b) late.push(...lateOf(b, a, waitMs));
      }
    }

    expect(late).toEqual([]);
  },
  240_000,
);

/** What took longer than it may, where the two have it easy. */
function lateOf(from: KindName, to: KindName, waitMs: number): string[] {
  const sim = simulate(1, { conditions: { delayMs: DELAY_MS, jitterMs: 0 }, local: HERE });
  const prng = new Prng(1, "homes");
  const homes = [siteOf(sim, from, prng), siteOf(sim, to, prng)] as const;
  const told = verdict(homes[0].place, homes[1].place);
  const by = told.reach === "direct" ? told.by : undefined;
  const leastMs = by && BARS_MS[by];
  if (leastMs === undefined) return [];
  const isUnseen = by === "other family" && waitMs === 0;
  const barMs = leastMs + (isUnseen ? SHOWING_MS : 0);
  sim.server();
  const come = (name: string, { routers, families }: Site): Client => {
    return sim.client(name, { behind: routers[0], families, rooms: [], surveys: true });
  };
  const [ann, bob] = [come("ann", homes[0]), come("bob", homes[1])];
  for (const client of [ann, bob]) client.waitFor("ready");
  sim.world.runFor(waitMs);

  const firstMs = say("hello");
  sim.world.runFor(1_000);
  const nextMs = say("hello again");

  sim.check();
  return [
    ...(firstMs <= barMs + SLACK_MS ? [] : [`${from} to ${to}: ${firstMs} ms, not ${barMs}`]),
    ...(nextMs <= DELAY_MS + SLACK_MS ? [] : [`${from} to ${to}: the next took ${nextMs} ms`]),
  ];

  function say(text: string): number {
    const startMs = sim.world.elapsedMs;
    ann.say("@bob", text);
    sim.world.runUntil(() => bob.heard(ann).includes(text), 10_000);
    return sim.world.elapsedMs - startMs;
  }
}
