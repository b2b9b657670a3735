import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf } from "./site.ts";

/** Longer than a server is missed before it is asked for again, some times over. */
const SETTLED_MS = 120_000;

/** Ann, whose data somebody has copied to a machine elsewhere, and Bob. */
function copied(seed: number, ...kinds: readonly [KindName, KindName]) {
  const sim = simulate(seed, { conditions: { loss: 0.05, jitterMs: 20, duplicate: 0.05 } });
  const server = sim.server();
  const prng = new Prng(seed, "sites");
  const ann = clientAt(sim, "ann", kinds[0], prng);
  const bob = clientAt(sim, "bob", "full-cone", prng);
  expect(sim.gather([ann, bob])).toBe(true);
  const twin = clientAt(sim, "twin", kinds[1], prng, "ann");
  return { sim, server, ann, twin, bob };
}

function clientAt(sim: Simulation, name: string, kind: KindName, prng: Prng, twinOf = name) {
  const { routers, families } = siteOf(sim, kind, prng);
  return sim.client(name, { behind: routers[0], families, twinOf });
}

function toldOf({ events }: Client, state: "connected" | "replaced"): number {
  const count = events.filter((event) => event.type === "server" && event.state === state).length;
  const isReady = events.some((event) => event.type === "ready" && event.server !== null);
  return state === "connected" && isReady ? count + 1 : count;
}

/** How often it was told that somebody, or its server, is there, or is not. */
function comingsAndGoings({ events }: Client): number {
  return events.filter(({ type }) => type === "server" || type === "peer").length;
}

test.each([
  ["port-restricted", "full-cone"],
  ["symmetric-random", "open"],
  ["open", "port-restricted"],
] as const)("of two clients of one identity, %s and %s, one is told and stays away", (a, b) => {
  for (const seed of [1, 2, 3]) {
    const { sim, ann, twin, bob } = copied(seed, a, b);

    sim.world.runFor(SETTLED_MS);
    const counts = (): number[] => [ann, twin, bob].map(comingsAndGoings);
    const told = toldOf(ann, "replaced") + toldOf(twin, "replaced");
    const registered = [ann, twin].filter((one) => {
      return toldOf(one, "connected") > toldOf(one, "replaced");
    });
    const before = counts();
    sim.world.runFor(SETTLED_MS);

    // Lost words are made good by the other's: each registers once more than it is told.
    expect(told).toBeWithin(1, 5);
    expect(registered).toHaveLength(1);
    expect(counts()).toEqual(before);
    expect(bob.isConnectedTo(twin)).toBe(true);
    sim.check();
  }
});

test("who was replaced has the place back when it asks for it, and the other is told", () => {
  const { sim, ann, twin, bob } = copied(1, "port-restricted", "port-restricted");
  sim.world.runFor(SETTLED_MS);
  const [away, there] = toldOf(ann, "replaced") > 0 ? [ann, twin] : [twin, ann];

  away.command({ type: "register", req: null });
  sim.world.runFor(SETTLED_MS);

  expect(toldOf(there, "replaced")).toBeGreaterThan(0);
  expect(bob.isConnectedTo(away)).toBe(true);
});
