import { expect, test } from "bun:test";
import { Prng } from "./prng.ts";
import { simulate } from "./scenario.ts";
import { siteOf } from "./site.ts";

/** How long two take to meet the first time, and after both were away. */
function meetTwice(seed: number): readonly [firstMs: number, againMs: number] {
  const sim = simulate(seed, { conditions: { jitterMs: 5 } });
  sim.server();
  const prng = new Prng(seed, "again");
  const [ann, bob] = (["block-dependent", "port-restricted"] as const).map((kind) => {
    const { routers, families } = siteOf(sim, kind, prng);
    return sim.client(kind, { behind: routers[0], families, surveys: true });
  });
  if (ann === undefined || bob === undefined) throw new Error("Two are there");
  const meet = (): number => {
    const startMs = sim.world.now;
    sim.world.runUntil(() => ann.isConnectedTo(bob) && bob.isConnectedTo(ann), 60_000);
    return sim.world.now - startMs;
  };
  const firstMs = meet();
  sim.world.runFor(5_000);
  for (const client of [ann, bob]) client.kill();
  sim.world.runFor(100_000);
  for (const client of [ann, bob]) client.start();
  return [firstMs, meet()];
}

test("who was in this network before begins at once with what leads out of it", () => {
  const times = Array.from({ length: 15 }, (_, i) => meetTwice(1 + i));

  const median = (values: readonly number[]): number => {
    return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Infinity;
  };
  // The first time the router is found out, and both are introduced again half a second later.
  expect(median(times.map(([first]) => first))).toBeGreaterThan(600);
  expect(median(times.map(([, again]) => again))).toBeLessThan(500);
});
