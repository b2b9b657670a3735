import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import { Prng } from "./prng.ts";
import { simulate } from "./scenario.ts";
import { siteOf } from "./site.ts";

const MINUTE_MS = 60_000;
const PATIENCE_MS = 10 * MINUTE_MS;

interface Crowd {
  /** Pairs that have not met. */
  readonly left: number;
  /** When the last of the others did, from the beginning. */
  readonly tookMs: number;
}

/** So many of each kind in one room, and how those of different kinds meet directly. */
function crowd(seed: number, loss: number, each: number, kinds: [KindName, KindName]): Crowd {
  const sim = simulate(seed, { conditions: { loss, jitterMs: 10 } });
  const prng = new Prng(seed, "rooms");
  sim.server();
  const [some, others] = kinds.map((kind) =>
    Array.from({ length: each }, (_, i): Client => {
      const { routers, families } = siteOf(sim, kind, prng);
      return sim.client(`${kind}${i}`, { behind: routers[0], families, surveys: true });
    }),
  );
  const left = new Set((some ?? []).flatMap((a) => (others ?? []).map((b) => [a, b] as const)));
  const startMs = sim.world.now;
  sim.world.runUntil(() => {
    for (const pair of left) {
      const [a, b] = pair;
      if (a.isDirectTo(b) && b.isDirectTo(a)) left.delete(pair);
    }
    return left.size === 0;
  }, PATIENCE_MS);
  sim.check();
  return { left: left.size, tookMs: sim.world.now - startMs };
}

test("eight who are given ports by chance meet eight at home, each in its turn", () => {
  const { left, tookMs } = crowd(1, 0.1, 8, ["symmetric-random", "port-restricted"]);

  expect(left).toBe(0);
  // Eight turns of 20 s each if no two ever wanted the same; who is carried looks once a minute.
  expect(tookMs).toBeLessThan(PATIENCE_MS);
}, 240_000);

test("five whose ports count up meet five whose ports count down within two minutes", () => {
  const { left, tookMs } = crowd(1, 0.1, 5, ["symmetric-sequential", "symmetric-descending"]);

  expect(left).toBe(0);
  expect(tookMs).toBeLessThan(2 * MINUTE_MS);
}, 240_000);

test.each(["block-dependent", "symmetric-sequential"] as const)(
  "eight of %s meet eight at home, as a rule within a minute",
  (kind) => {
    const crowds = [1, 2, 3].map((seed) => crowd(seed, 0.1, 8, [kind, "port-restricted"]));

    expect(crowds.map(({ left }) => left)).toEqual([0, 0, 0]);
    expect(crowds.filter(({ tookMs }) => tookMs < MINUTE_MS).length).toBeGreaterThan(1);
  },
  240_000,
);
