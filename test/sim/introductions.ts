import type { Client } from "./client.ts";
import type { NatBehaviour, PortAllocation } from "./nat.ts";
import type { Router } from "./network.ts";
import { verdict, type Place } from "./oracle.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";

/** The easy kinds of place; each world has every pair of them, in both orders of coming. */
const KINDS: Readonly<Record<string, Partial<NatBehaviour> | undefined>> = {
  open: undefined,
  "full cone": { filtering: "endpoint-independent" },
  "address-restricted": { filtering: "address-dependent" },
  "port-restricted": { filtering: "address-and-port-dependent" },
};

const ALLOCATIONS: readonly PortAllocation[] = ["preserving", "sequential", "random"];

const LOSS = 0.1;

/** The second of a pair comes so much later at most. */
const STAGGER_MS = 2_000;

/** Whoever is not connected so long after both have come counts as never. */
const PATIENCE_MS = 30_000;

/** Every kind with every kind, and two behind one router of every kind that has one. */
export const INTRODUCTIONS_PER_WORLD = 4 * 4 + 3;

interface Pair {
  readonly what: string;
  readonly ann: Client;
  readonly bob: Client;
  readonly isDue: boolean;
  cameAtMs: number;
  connectedAtMs: number;
}

export interface Outcome {
  readonly seed: number;
  readonly introductions: number;
  readonly connected: number;
  /** From when both had come, in ms of the world. */
  readonly timesMs: readonly number[];
  /** Who should have met and has not. */
  readonly failures: readonly string[];
  readonly trace: string;
}

/** One world of pairs, each in a room of its own, at 10 % loss. */
export function introduce(seed: number): Outcome {
  const sim = simulate(seed, {
    conditions: { loss: LOSS, jitterMs: 10 },
    local: { loss: LOSS },
  });
  sim.server();
  const pairs = settle(sim);
  sim.world.runUntil(
    () => pairs.filter((pair) => !isConnected(pair, sim.world.now)).length === 0,
    STAGGER_MS + PATIENCE_MS,
  );
  sim.check();

  const connected = pairs.filter((pair) => isConnected(pair, sim.world.now));
  const failures = pairs.filter((pair) => pair.isDue && !connected.includes(pair));
  return {
    seed,
    introductions: pairs.length,
    connected: connected.length,
    timesMs: connected.map(({ cameAtMs, connectedAtMs }) => connectedAtMs - cameAtMs),
    failures: failures.map(({ what }) => `seed ${seed}: ${what}`),
    trace: sim.world.trace.digest(),
  };
}

function settle(sim: Simulation): Pair[] {
  const prng = new Prng(sim.seed, "introductions");
  const pairs: Pair[] = [];
  const add = (what: string, homes: readonly [Router | undefined, Router | undefined]): void => {
    const number = pairs.length;
    const rooms = [`#pair${number}`];
    const [ann, bob] = ["ann", "bob"].map((name, i) => {
      return sim.client(`${name}${number}`, { rooms, ...(homes[i] && { behind: homes[i] }) });
    });
    if (ann === undefined || bob === undefined) return;
    const isDue = verdict(placeOf(homes[0], 1), placeOf(homes[1], 2)) === "direct";
    const pair = { what, ann, bob, isDue, cameAtMs: sim.world.now, connectedAtMs: Infinity };
    pairs.push(pair);
    bob.kill();
    sim.world.after(prng.unit() * STAGGER_MS, () => {
      pair.cameAtMs = sim.world.now;
      bob.start();
    });
  };

  for (const a of Object.keys(KINDS)) {
    for (const b of Object.keys(KINDS))
      add(`${a}, ${b}`, [homeOf(sim, a, prng), homeOf(sim, b, prng)]);
    const home = homeOf(sim, a, prng);
    if (home !== undefined) add(`one ${a} router`, [home, home]);
  }
  return pairs;
}

/** No two routers are alike in what does not decide whether they can be passed. */
function homeOf(sim: Simulation, kind: string, prng: Prng): Router | undefined {
  const behaviour = KINDS[kind];
  if (behaviour === undefined) return undefined;
  return sim.nat(kind, {
    ...behaviour,
    allocation: ALLOCATIONS[prng.below(ALLOCATIONS.length)] ?? "random",
    expiryMs: 30_000 + prng.below(90_000),
    hairpin: prng.chance(0.5),
  });
}

function placeOf(home: Router | undefined, otherwise: number): Place {
  return home === undefined
    ? { nat: undefined, site: -otherwise }
    : { nat: home.nat.behaviour, site: home.id };
}

function isConnected(pair: Pair, now: number): boolean {
  if (pair.connectedAtMs < Infinity) return true;
  if (!pair.ann.isConnectedTo(pair.bob) || !pair.bob.isConnectedTo(pair.ann)) return false;
  pair.connectedAtMs = now;
  return true;
}
