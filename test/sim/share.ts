import { tailOdds } from "./chance.ts";
import { INTRODUCTIONS_PER_WORLD, introduce, type Meeting } from "./introductions.ts";
import { CASES } from "./interop.ts";
import { strife } from "../chat/strife.ts";
import { squall } from "./squall.ts";
import { turmoil } from "./turmoil.ts";
import { upheaval } from "./upheaval.ts";

export interface Plan {
  /** How many introductions, rounded up to whole worlds. */
  readonly introductions: number;
  /** How many worlds in turmoil, and sessions in squalls. */
  readonly seeds: number;
  /** How often each of the interop runner's cases. */
  readonly transfers: number;
  /** How many rooms in strife: the log alone, without a network. */
  readonly chat: number;
  /** How many upheavals of whole nodes that share rooms. */
  readonly rooms: number;
  /** The first seed of all. */
  readonly first: number;
}

/** How those of one pair of kinds fared. */
export interface PairTally {
  /** What theory says. */
  readonly expected: string;
  attempts: number;
  /** From when both had come, in ms of their world, of those who met. */
  readonly timesMs: number[];
  /** Of each attempt. */
  readonly datagrams: number[];
  /** Where theory and outcome differ. */
  disagreements: number;
  /** Who took more than a minute, and how likely that is in theory where it is left to chance. */
  late: number;
  readonly lateOdds: number | undefined;
}

/** What one process, or all of them together, found. */
export interface Tally {
  introductions: number;
  connected: number;
  /** Introductions that must succeed, and those of them that did. */
  due: number;
  dueConnected: number;
  /** By the names of both kinds. */
  readonly pairs: Record<string, PairTally>;
  turmoils: number;
  said: number;
  squalls: number;
  hauledBytes: number;
  /** That sealed packets in turmoils and squalls: each used no nonce twice. */
  keys: number;
  transfers: number;
  strifes: number;
  /** Messages said in them. */
  argued: number;
  upheavals: number;
  /** Messages said in them, and how long after the healing of each all was the same. */
  shared: number;
  /** Upheavals with a traitor among them, and those in which somebody was told of two histories. */
  betrayals: number;
  exposed: number;
  readonly settledMs: number[];
  /** Each with its seed. */
  readonly troubles: string[];
}

/** Below, what happened is no bad luck. */
const LUCK_MIN = 1e-6;

/** What a process asks for, and what it is told when there is none. */
const NEXT = "next";
const NOTHING_LEFT = "nothing left";

/** Worlds after which a process tells how far it is. */
const WORLDS_PER_REPORT = 100;

/**
 * Carries the plan out in as many processes as there are processors, each of which takes the next
 * seed when it is done with one: some take ten times as long as others.
 */
export async function share(plan: Plan, isTold: boolean): Promise<Tally> {
  const { introductions, seeds, transfers, chat, rooms } = plan;
  const count = Math.max(worldsOf(introductions), seeds, transfers, chat, rooms);
  const left = Array.from({ length: count }, (_, i) => i).values();
  const parts = Array.from({ length: navigator.hardwareConcurrency }, (_, part) => {
    const order = JSON.stringify({ plan, part });
    return Bun.spawn([process.execPath, import.meta.path, order], {
      stdout: "pipe",
      stderr: isTold ? "inherit" : "ignore",
      ipc: (_asked, child) => child.send(left.next().value ?? NOTHING_LEFT),
    });
  });
  const sum = empty();
  for (const part of parts) {
    const output = await new Response(part.stdout).text();
    if ((await part.exited) === 0) merge(sum, JSON.parse(output) as Tally);
    else sum.troubles.push("a process of the simulator died");
  }
  for (const [what, pair] of Object.entries(sum.pairs)) {
    if (!isOftenLate(pair)) continue;
    pair.disagreements += 1;
    sum.troubles.push(`${what}: ${pair.late} of ${pair.attempts} took more than a minute`);
  }
  return sum;
}

/** More often than chance has it. */
function isOftenLate({ attempts, late, lateOdds }: PairTally): boolean {
  return lateOdds !== undefined && tailOdds(attempts, lateOdds, late) < LUCK_MIN;
}

/** One process's share: what it is told to do, one after another. */
function work(plan: Plan, part: number): void {
  const tally = empty();
  let done = 0;
  process.on("message", (message: unknown) => {
    if (typeof message === "number") {
      doNext(plan, tally, message);
      if (done % WORLDS_PER_REPORT === 0) progress(part, tally);
      done += 1;
      process.send?.(NEXT);
    } else {
      process.stdout.write(JSON.stringify(tally));
      process.disconnect?.();
    }
  });
  process.send?.(NEXT);
}

function doNext(plan: Plan, tally: Tally, i: number): void {
  const { introductions, seeds, transfers, chat, rooms, first } = plan;
  if (i < worldsOf(introductions)) attempt(tally, () => meet(tally, first + i));
  if (i < seeds) attempt(tally, () => live(tally, first + i));
  if (i < seeds) attempt(tally, () => weather(tally, first + i));
  if (i < transfers) attempt(tally, () => transfer(tally, first + i));
  if (i < chat) attempt(tally, () => quarrel(tally, first + i));
  if (i < rooms) attempt(tally, () => reunite(tally, first + i));
}

function worldsOf(introductions: number): number {
  return Math.ceil(introductions / INTRODUCTIONS_PER_WORLD);
}

function meet(tally: Tally, seed: number): void {
  for (const meeting of introduce(seed).meetings) note(tally, meeting);
}

function note(tally: Tally, meeting: Meeting): void {
  const { what, expected, isDue, tookMs, datagrams, trouble } = meeting;
  const pair = (tally.pairs[what] ??= pairTally(expected, meeting.lateOdds));
  const hasMet = tookMs !== undefined;
  pair.attempts += 1;
  pair.datagrams.push(datagrams);
  pair.late += Number(meeting.isLate);
  tally.introductions += 1;
  tally.due += Number(isDue);
  tally.connected += Number(hasMet);
  tally.dueConnected += Number(isDue && hasMet);
  if (hasMet) pair.timesMs.push(Math.round(tookMs));
  if (trouble === undefined) return;
  pair.disagreements += 1;
  tally.troubles.push(trouble);
}

function live(tally: Tally, seed: number): void {
  const { said, missing, keys } = turmoil(seed);
  tally.turmoils += 1;
  tally.said += said;
  tally.keys += keys;
  tally.troubles.push(...missing.map((what) => `turmoil, seed ${seed}: ${what}`));
}

function weather(tally: Tally, seed: number): void {
  const { bytes, troubles, keys } = squall(seed);
  tally.squalls += 1;
  tally.hauledBytes += bytes;
  tally.keys += keys;
  tally.troubles.push(...troubles.map((what) => `squall, ${what}`));
}

function transfer(tally: Tally, seed: number): void {
  for (const { name, run } of CASES) {
    tally.transfers += 1;
    tally.troubles.push(...run(seed).map((what) => `${name}, ${what}`));
  }
}

function quarrel(tally: Tally, seed: number): void {
  try {
    const { said, troubles } = strife(seed);
    tally.strifes += 1;
    tally.argued += said;
    tally.troubles.push(...troubles.map((what) => `strife, seed ${seed}: ${what}`));
  } catch (cause) {
    throw new Error(`strife, seed ${seed}: ${String(cause)}`, { cause });
  }
}

function reunite(tally: Tally, seed: number): void {
  const { said, tookMs, troubles, forksSeen } = upheaval(seed);
  tally.upheavals += 1;
  tally.shared += said;
  tally.betrayals += Number(forksSeen !== undefined);
  tally.exposed += Number((forksSeen ?? 0) > 0);
  tally.settledMs.push(tookMs);
  tally.troubles.push(...troubles.map((what) => `upheaval, seed ${seed}: ${what}`));
}

function attempt(tally: Tally, world: () => void): void {
  try {
    world();
  } catch (error) {
    tally.troubles.push(String(error));
  }
}

function progress(part: number, tally: Tally): void {
  const { introductions, turmoils, squalls, transfers, strifes, upheavals, troubles } = tally;
  const done = [
    `${introductions} introductions`,
    `${turmoils} turmoils`,
    `${squalls} squalls`,
    `${transfers} transfers`,
    `${strifes} strifes`,
    `${upheavals} upheavals`,
    `${troubles.length} troubles`,
  ];
  process.stderr.write(`process ${part}: ${done.join(", ")}\n`);
}

function empty(): Tally {
  return {
    introductions: 0,
    connected: 0,
    due: 0,
    dueConnected: 0,
    pairs: {},
    turmoils: 0,
    said: 0,
    squalls: 0,
    hauledBytes: 0,
    keys: 0,
    transfers: 0,
    strifes: 0,
    argued: 0,
    upheavals: 0,
    shared: 0,
    betrayals: 0,
    exposed: 0,
    settledMs: [],
    troubles: [],
  };
}

function pairTally(expected: string, lateOdds: number | undefined): PairTally {
  return { expected, attempts: 0, timesMs: [], datagrams: [], disagreements: 0, late: 0, lateOdds };
}

function merge(sum: Tally, part: Tally): void {
  sum.introductions += part.introductions;
  sum.connected += part.connected;
  sum.due += part.due;
  sum.dueConnected += part.dueConnected;
  sum.turmoils += part.turmoils;
  sum.said += part.said;
  sum.squalls += part.squalls;
  sum.hauledBytes += part.hauledBytes;
  sum.keys += part.keys;
  sum.transfers += part.transfers;
  sum.strifes += part.strifes;
  sum.argued += part.argued;
  sum.upheavals += part.upheavals;
  sum.shared += part.shared;
  sum.betrayals += part.betrayals;
  sum.exposed += part.exposed;
  sum.settledMs.push(...part.settledMs);
  for (const [what, its] of Object.entries(part.pairs)) {
    const pair = (sum.pairs[what] ??= pairTally(its.expected, its.lateOdds));
    pair.attempts += its.attempts;
    pair.disagreements += its.disagreements;
    pair.late += its.late;
    pair.timesMs.push(...its.timesMs);
    pair.datagrams.push(...its.datagrams);
  }
  sum.troubles.push(...part.troubles);
}

if (import.meta.main) {
  const order = JSON.parse(process.argv[2] ?? "") as { plan: Plan; part: number };
  work(order.plan, order.part);
}
