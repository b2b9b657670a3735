import { expect, test } from "bun:test";
import type { PortAllocation } from "./allocator.ts";
import type { Client } from "./client.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";
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
  return meetAgain(sim, ann, bob);
}

function meetAgain(
  sim: Simulation,
  ann: Client,
  bob: Client,
  between: () => void = () => undefined,
): readonly [firstMs: number, againMs: number] {
  const meet = (): number => {
    const startMs = sim.world.now;
    sim.world.runUntil(() => ann.isConnectedTo(bob) && bob.isConnectedTo(ann), 60_000);
    return sim.world.now - startMs;
  };
  const firstMs = meet();
  sim.world.runFor(5_000);
  for (const client of [ann, bob]) client.kill();
  sim.world.runFor(100_000);
  between();
  for (const client of [ann, bob]) client.start();
  return [firstMs, meet()];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Infinity;
}

test("who was in this network before begins at once with what leads out of it", () => {
  const times = Array.from({ length: 15 }, (_, i) => meetTwice(1 + i));

  // The first time the router is found out, and both are introduced again half a second later.
  expect(median(times.map(([first]) => first))).toBeGreaterThan(600);
  expect(median(times.map(([, again]) => again))).toBeLessThan(500);
});

/**
 * Two who take one another's mappings for what they are not, as their server has one address, until
 * they have been introduced in vain. How long they take to meet the first time, and after both were
 * away; what those of `forgetful` have kept of the first time is gone then.
 */
function meetInDoubt(
  seed: number,
  allocation: PortAllocation,
  ...forgetful: readonly ("ann" | "bob")[]
): readonly [firstMs: number, againMs: number] {
  const sim = simulate(seed, { conditions: { jitterMs: 5 } });
  sim.server([4]);
  const filtering = "address-and-port-dependent";
  const hard = sim.nat("hard", { mapping: "address-dependent", filtering, allocation });
  const easy = sim.nat("easy", { filtering, allocation: { kind: "preserving" } });
  const ann = sim.client("ann", { behind: hard, surveys: true });
  const bob = sim.client("bob", { behind: easy, surveys: true });
  return meetAgain(sim, ann, bob, () => {
    for (const client of [ann, bob]) {
      if (forgetful.some((name) => name === client.name)) client.store.encounters.clear();
    }
  });
}

test.each([
  ["block", { kind: "block", ports: 512 }],
  ["sequential", { kind: "sequential", step: 1 }],
  ["random", { kind: "random" }],
] as const)("what has led two to one another is done at once the next time: %s", (_, kind) => {
  const times = Array.from({ length: 7 }, (__, i) => meetInDoubt(1 + i, kind));

  const [first, again] = [median(times.map(([it]) => it)), median(times.map(([, it]) => it))];
  expect(first).toBeGreaterThan(2_000);
  expect(again).toBeLessThan(first / 2);
});

test.each(["ann", "bob"] as const)("%s forgets how it was, and nothing is lost by it", (who) => {
  const times = Array.from({ length: 7 }, (_, i) => {
    return meetInDoubt(1 + i, { kind: "block", ports: 512 }, who);
  });

  const [first, again] = [median(times.map(([it]) => it)), median(times.map(([, it]) => it))];
  expect(again).toBeLessThan(first + 1_000);
});
