import { assert } from "../../lib/base/assert.ts";
import { lateOdds, patienceMs, type Chance } from "./chance.ts";
import type { Client } from "./client.ts";
import { KINDS, KIND_NAMES, type KindName } from "./kinds.ts";
import type { HostStation } from "./network.ts";
import { verdict, type Verdict } from "./oracle.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf, type Site } from "./site.ts";

const LOSS = 0.1;

/** The second of a pair comes so much later at most. */
const STAGGER_MS = 2_000;

/** Whoever is not connected so long after both have come counts as never, but for bad luck. */
const PATIENCE_MS = 60_000;

/** So long those who must not meet are watched at least. */
const WATCHED_MS = 12_000;

/** What two may have in common; who has a carrier has a router too. */
const SHARED = ["one router", "one carrier with hairpin", "one carrier without hairpin"] as const;
const SHARED_OF_ROUTERS: readonly number[] = [0, 1, 3];

/** Who comes first and who second; undefined where they have nothing in common. */
interface Cell {
  readonly kinds: readonly [KindName, KindName];
  readonly shared: (typeof SHARED)[number] | undefined;
}

/** Every kind with every kind, in both orders, and with itself behind whatever two may share. */
const GRID: readonly Cell[] = KIND_NAMES.flatMap((a) => [
  ...KIND_NAMES.map((b): Cell => ({ kinds: [a, b], shared: undefined })),
  ...SHARED.slice(0, SHARED_OF_ROUTERS[KINDS[a].routers.length]).map((shared): Cell => {
    return { kinds: [a, a], shared };
  }),
]);

/** So many cells of the grid are in one world; the next seed's world has the next ones. */
export const INTRODUCTIONS_PER_WORLD = 20;

interface Pair {
  readonly what: string;
  readonly ann: Client;
  readonly bob: Client;
  readonly verdict: Verdict;
  /** Whether somebody in the open is in their room, who can carry for those who do not meet. */
  readonly hasMember: boolean;
  cameAtMs: number;
  connectedAtMs: number;
  /** From both, before they were connected, but for those to the server. */
  datagrams: number;
}

/** How one pair fared. */
export interface Meeting {
  /** The kinds of both, whoever came first. */
  readonly what: string;
  /** What theory says. */
  readonly expected: string;
  /** Whether they must be connected: directly, or through a member. */
  readonly isDue: boolean;
  /** From when both had come, in ms of the world; undefined where they have not met. */
  readonly tookMs: number | undefined;
  readonly datagrams: number;
  /** Whether it took more than a minute. */
  readonly isLate: boolean;
  /** How likely that is in theory; undefined where it takes no luck. */
  readonly lateOdds: number | undefined;
  /** Where this is not what theory says, with the seed. */
  readonly trouble: string | undefined;
}

export interface Outcome {
  readonly seed: number;
  readonly meetings: readonly Meeting[];
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
  const hopeful = pairs.filter(isDue);
  const waitFor = (awaited: readonly Pair[], withinMs: number): void => {
    sim.world.runUntil(() => {
      for (const pair of pairs) note(pair, sim.world.now);
      const areMet = awaited.every(({ connectedAtMs }) => connectedAtMs < Infinity);
      return areMet && sim.world.elapsedMs >= WATCHED_MS;
    }, withinMs);
  };
  waitFor(hopeful, STAGGER_MS + PATIENCE_MS);
  const unlucky = hopeful.filter(({ connectedAtMs }) => connectedAtMs === Infinity);
  const chances = unlucky.flatMap((pair) => chanceOf(pair) ?? []);
  const longestMs = Math.max(0, ...chances.map((chance) => patienceMs(chance, LOSS)));
  if (longestMs > 0) waitFor(unlucky, longestMs - PATIENCE_MS);
  sim.check();
  const meetings = pairs.map((pair) => meetingOf(pair, seed));
  return { seed, meetings, trace: sim.world.trace.digest() };
}

/** Undefined where it takes no luck to meet. */
function chanceOf({ verdict: told }: Pair): Chance | undefined {
  return told.reach === "direct" ? told.chance : undefined;
}

function isDue({ verdict: { reach }, hasMember }: Pair): boolean {
  return reach === "direct" || hasMember;
}

function settle(sim: Simulation): Pair[] {
  const prng = new Prng(sim.seed, "introductions");
  const first = sim.seed * INTRODUCTIONS_PER_WORLD;
  const pairOf = new Map<HostStation, Pair>();
  const pairs = Array.from({ length: INTRODUCTIONS_PER_WORLD }, (_, number): Pair => {
    const cell = GRID[(first + number) % GRID.length];
    assert(cell !== undefined, "a grid has cells");
    const round = Math.floor((first + number) / GRID.length);
    const homes = homesOf(sim, cell, prng);
    const come = (name: string, { routers, families }: Site): Client => {
      const options = { behind: routers[0], families, rooms: [`#pair${number}`], surveys: true };
      return sim.client(`${name}${number}`, options);
    };
    const told = verdict(homes[0].place, homes[1].place);
    const hasMember = told.reach === "relay" && isAccompanied(cell, round);
    if (hasMember) come("carol", siteOf(sim, "open", prng));
    const [ann, bob] = [come("ann", homes[0]), come("bob", homes[1])];
    const pair: Pair = {
      what: nameOf(cell),
      ann,
      bob,
      verdict: told,
      hasMember,
      cameAtMs: sim.world.now,
      connectedAtMs: Infinity,
      datagrams: 0,
    };
    for (const { process } of [ann, bob]) pairOf.set(process.host, pair);
    bob.kill();
    sim.world.after(prng.unit() * STAGGER_MS, () => {
      pair.cameAtMs = sim.world.now;
      bob.start();
    });
    return pair;
  });
  count(sim, pairOf);
  return pairs;
}

/** One order of two kinds in one round through the grid, and the other in the next. */
function isAccompanied({ kinds: [a, b] }: Cell, round: number): boolean {
  return (Number(KIND_NAMES.indexOf(a) < KIND_NAMES.indexOf(b)) + round) % 2 === 1;
}

function homesOf(sim: Simulation, { kinds, shared }: Cell, prng: Prng): readonly [Site, Site] {
  const [a, b] = kinds;
  switch (shared) {
    case undefined:
      return [siteOf(sim, a, prng), siteOf(sim, b, prng)];
    case "one router": {
      const home = siteOf(sim, a, prng);
      return [home, home];
    }
    case "one carrier with hairpin":
    case "one carrier without hairpin": {
      const hairpin = shared === "one carrier with hairpin";
      const home = siteOf(sim, a, prng, { hairpin });
      return [home, siteOf(sim, b, prng, { carrier: home.routers[1] })];
    }
    default:
      return shared satisfies never;
  }
}

function nameOf({ kinds, shared }: Cell): string {
  if (shared !== undefined) return `${kinds[0]}, ${shared}`;
  const order = (kind: KindName): number => KIND_NAMES.indexOf(kind);
  return kinds.toSorted((a, b) => order(a) - order(b)).join(", ");
}

function count(sim: Simulation, pairOf: ReadonlyMap<HostStation, Pair>): void {
  const servers = new Set([sim.serverAddress(4), sim.serverAddress(6)]);
  sim.world.watch({
    onSent: (_now, origin, to) => {
      const pair = pairOf.get(origin);
      if (pair === undefined || pair.connectedAtMs < Infinity || servers.has(to)) return;
      pair.datagrams += 1;
    },
  });
}

function note(pair: Pair, now: number): void {
  if (pair.connectedAtMs < Infinity) return;
  if (!pair.ann.isConnectedTo(pair.bob) || !pair.bob.isConnectedTo(pair.ann)) return;
  pair.connectedAtMs = now;
}

function meetingOf(pair: Pair, seed: number): Meeting {
  const { what, verdict: told, hasMember, cameAtMs, connectedAtMs, datagrams } = pair;
  const hasMet = connectedAtMs < Infinity;
  const chance = chanceOf(pair);
  const way = hasMet ? wayOf(pair) : "never";
  const wanted = told.reach === "direct" ? "directly" : hasMember ? "by a member" : "never";
  const expected = told.reach === "direct" ? told.by : told.reach;
  return {
    what,
    expected,
    isDue: isDue(pair),
    tookMs: hasMet ? connectedAtMs - cameAtMs : undefined,
    datagrams,
    isLate: connectedAtMs > cameAtMs + PATIENCE_MS,
    lateOdds: chance && lateOdds(chance, LOSS),
    trouble:
      way === wanted ? undefined : `seed ${seed}: ${what} met ${way}, not ${wanted} (${expected})`,
  };
}

/** That which each of the two was last told of. */
function wayOf({ ann, bob }: Pair): string {
  return ann.isDirectTo(bob) && bob.isDirectTo(ann) ? "directly" : "by a member";
}
