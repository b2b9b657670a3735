import { type Address, hostOf, portOf } from "../base/address.ts";
import { type Allocation, type NatReport, RECENT_PORTS_MAX } from "../wire/nat.ts";
import type { MappingSample } from "./dependence.ts";
import type { Opening } from "./evidence.ts";
import { nextPorts } from "./ports.ts";

/** How a NAT gives out its ports, as far as the samples tell. */
export interface AllocationFindings {
  readonly allocation: Allocation;
  readonly addresses: NatReport["addresses"];
  /** Of new mappings, the newest last; none where ports are kept. */
  readonly recentPorts: readonly number[];
  /** When the newest of them was given. */
  readonly newestAtMs: number | undefined;
  /** Mappings of others; 0 where the samples tell nothing about it. */
  readonly crossTrafficPerSecond: number;
}

/** Of all mappings, when most are on the port of their socket: a few found it taken. */
const PRESERVED_SHARE = 3 / 4;

/** A NAT with two addresses that chooses one by chance shows one alone 2^-7 of the time. */
const ADDRESSES_MAPPINGS_MIN = 8;

/** Fewer tell nothing but a sequence with nothing in between. */
const CHANCE_PORTS_MIN = 4;

/** Larger blocks are not worth the name: to search them is no better than to search everything. */
const BLOCK_PORTS_MAX = 16_384;

/** How often ports chosen from all may lie as close as those of a block do. */
const BLOCK_BY_CHANCE = 1e-3;

const PORTS = 65_536 - 1024;

/** Half of the gaps of a sequence are no wider, in steps: sent at once, they are given at once. */
const MEDIAN_STEPS_MAX = 8;

/** Three ports with two equal gaps, as small as these, are a sequence already. */
const STEADY_MAX = 4;

/** Over less time the gaps tell nothing of who else opens mappings. */
const CROSS_SPAN_MS = 200;

/** Farther apart, and it is chance: 256 is what a counter in the wrong byte order does. */
const STEP_MAX = 1024;

/** Those of one look at the network; in what comes later there is what was done meanwhile. */
const LOOK_MS = 3_000;

/**
 * What samples of one time, from sockets of one node, tell; and where a sequence has come to since,
 * as far as that node has moved it on itself.
 */
export function portAllocation(
  samples: readonly MappingSample[],
  openings: readonly Opening[] = [],
): AllocationFindings {
  const mappings = mappingsOf(samples);
  const addresses = addressesOf(mappings);
  if (isPreserving(mappings)) {
    const allocation = { kind: "preserving" } as const;
    return { allocation, addresses, ...NO_PORTS, crossTrafficPerSecond: 0 };
  }
  const fresh = mappings.filter(({ isFresh }) => isFresh);
  const recent = fresh.slice(-RECENT_PORTS_MAX);
  const recentPorts = recent.map(({ mapped }) => portOf(mapped));
  const newestAtMs = recent.at(-1)?.atMs;
  const untilMs = (fresh[0]?.atMs ?? 0) + LOOK_MS;
  const looked = fresh.filter(({ atMs }) => atMs <= untilMs);
  const lookedStep = stepOf(largestHost(looked)) ?? stepOf(looked);
  if (lookedStep !== undefined) {
    const step = narrowed(lookedStep, largestHost(fresh));
    const crossTrafficPerSecond = crossTraffic(fresh, mappings, openings, step);
    const allocation = { kind: "sequential", step } as const;
    const passed = openedWithin(openings, newestAtMs ?? Infinity, Infinity);
    const latest = nextPorts(recentPorts.at(-1) ?? 0, step, passed).slice(-1);
    const ports = [...recentPorts, ...latest].slice(-RECENT_PORTS_MAX);
    return { allocation, addresses, recentPorts: ports, newestAtMs, crossTrafficPerSecond };
  }
  const allocation = chanceOf(fresh.map(({ mapped }) => portOf(mapped)));
  const told = allocation.kind === "random" ? NO_PORTS : { recentPorts, newestAtMs };
  return { allocation, addresses, ...told, crossTrafficPerSecond: 0 };
}

const NO_PORTS = { recentPorts: [], newestAtMs: undefined } as const;

/**
 * Each mapping once, by its first sample, in the order in which they were made: at one time sockets
 * ask in the order of their numbers, while their answers overtake one another.
 */
function mappingsOf(samples: readonly MappingSample[]): MappingSample[] {
  const first = new Map<Address, MappingSample>();
  for (const sample of samples.toSorted((a, b) => a.atMs - b.atMs || a.socket - b.socket)) {
    if (!first.has(sample.mapped)) first.set(sample.mapped, sample);
  }
  return [...first.values()];
}

function addressesOf(mappings: readonly MappingSample[]): NatReport["addresses"] {
  const hosts = new Set(mappings.map(({ mapped }) => hostOf(mapped)));
  if (hosts.size > 1) return "several";
  return mappings.length >= ADDRESSES_MAPPINGS_MIN ? "one" : "unknown";
}

function isPreserving(mappings: readonly MappingSample[]): boolean {
  const known = mappings.filter(({ localPort }) => localPort !== undefined);
  const kept = known.filter(({ localPort, mapped }) => portOf(mapped) === localPort);
  return kept.length > 0 && kept.length >= PRESERVED_SHARE * known.length;
}

/** Each of several public addresses may count for itself. */
function largestHost(mappings: readonly MappingSample[]): readonly MappingSample[] {
  const groups = Map.groupBy(mappings, ({ mapped }) => hostOf(mapped));
  let largest: readonly MappingSample[] = [];
  for (const group of groups.values()) if (group.length > largest.length) largest = group;
  return largest;
}

/**
 * Ports that go one way, in multiples of one step. Others' mappings widen the gaps; one that was
 * overtaken on its way, and where the NAT begins again from its first port, is a gap backward.
 */
function stepOf(fresh: readonly MappingSample[]): number | undefined {
  const ports = fresh.map(({ mapped }) => portOf(mapped));
  const gaps = gapsOf(ports);
  const upward = gaps.filter((gap) => gap > 0);
  const direction = 2 * upward.length >= gaps.length ? 1 : -1;
  const forward = gaps.map((gap) => gap * direction).filter((gap) => gap > 0);
  const backward = gaps.length - forward.length;
  const width = forward.reduce(divisor, 0);
  if (width === 0 || width > STEP_MAX) return undefined;
  const steps = forward.reduce((sum, gap) => sum + gap, 0) / width;
  const isSteady = ports.length === 3 && backward === 0 && steps === 2 && width <= STEADY_MAX;
  const median = forward.toSorted((a, b) => a - b)[forward.length >> 1] ?? Infinity;
  const isOrdered = backward <= backwardMax(ports.length) && median <= MEDIAN_STEPS_MAX * width;
  return isSteady || isOrdered ? direction * width : undefined;
}

/**
 * Where all gaps happened to be even, a sequence by one looks like one by two. What comes later
 * tells, however far apart it is: no gap forward is other than a multiple of the step.
 */
function narrowed(step: number, fresh: readonly MappingSample[]): number {
  const direction = Math.sign(step);
  const gaps = gapsOf(fresh.map(({ mapped }) => portOf(mapped))).map((gap) => gap * direction);
  const forward = gaps.filter((gap) => gap > 0 && gap <= STEP_MAX);
  return direction * forward.reduce(divisor, Math.abs(step));
}

function gapsOf(ports: readonly number[]): number[] {
  return ports.slice(1).map((port, i) => port - (ports[i] ?? port));
}

/**
 * Gaps backward among so many ports. Ports chosen by chance have as few in at most
 * 2 (b + 1)^n / n! of all cases: 1 in 60 for 5 ports, and less than 1 in 80 for all others. And
 * hardly ever are half of their gaps then as small as those of a sequence.
 */
function backwardMax(ports: number): number {
  if (ports < 5) return -1;
  return Math.min(3, Math.max(0, Math.floor(ports / 4) - 1));
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** What leaves at one time leaves after what a punch has opened then. */
function openedWithin(openings: readonly Opening[], afterMs: number, untilMs: number): number {
  const within = openings.filter(({ atMs }) => atMs > afterMs && atMs <= untilMs);
  return within.reduce((sum, { count }) => sum + count, 0);
}

/** By chance from all ports, or from few. A block is as much wider as its samples are apart. */
function chanceOf(ports: readonly number[]): Allocation {
  if (ports.length < CHANCE_PORTS_MIN) return { kind: "unknown" };
  const lowest = Math.min(...ports);
  const highest = Math.max(...ports);
  const margin = Math.ceil((highest - lowest) / (ports.length - 1));
  const low = Math.max(1, lowest - margin);
  const high = Math.min(65_535, highest + margin);
  const isBlock = high - low < BLOCK_PORTS_MAX && closeByChance(ports) < BLOCK_BY_CHANCE;
  return isBlock ? { kind: "block", low, high } : { kind: "random" };
}

/** How likely it is that so many ports, chosen from all, lie within as few as these do. */
function closeByChance(ports: readonly number[]): number {
  const share = (Math.max(...ports) - Math.min(...ports)) / PORTS;
  const n = ports.length;
  return n * share ** (n - 1) - (n - 1) * share ** n;
}

/** Ports that were given and that this node did not ask for, over the time from first to last. */
function crossTraffic(
  fresh: readonly MappingSample[],
  mappings: readonly MappingSample[],
  openings: readonly Opening[],
  step: number,
): number {
  const [first, last] = [fresh[0], fresh.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const spanMs = last.atMs - first.atMs;
  if (spanMs < CROSS_SPAN_MS) return 0;
  const seen = mappings.indexOf(last) - mappings.indexOf(first);
  const own = seen + openedWithin(openings, first.atMs, last.atMs);
  const gaps = gapsOf(fresh.map(({ mapped }) => portOf(mapped)));
  const steps = gaps.map((gap) => gap / step).reduce((sum, gap) => sum + Math.max(0, gap), 0);
  return Math.max(0, (1000 * (steps - own)) / spanMs);
}
