import { assert } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import { sha256 } from "../crypto/primitives.ts";
import type { CheckpointFields } from "../wire/checkpoint.ts";
import { type Entry, type HybridTime, type Run, HASH_BYTES } from "../wire/entry.ts";
import { compareTime } from "./clock.ts";

/** Gaps of one chain. What would make one more is refused until one is filled. */
export const GAPS_PER_CHAIN_MAX = 64;

/** A run's place in its chain; seq 0 before the first. */
export interface Link {
  /** The last entry's. */
  readonly seq: number;
  /** The run's: SHA-256 of its bytes. */
  readonly hash: Uint8Array;
  /** The last entry's. */
  readonly time: HybridTime;
}

/** Entries of a chain that are known to be, and are not held. */
export interface Gap {
  /** What is held below it. */
  readonly after: Link;
  /** Its last seq, and the hash of the run that ends there. */
  readonly to: number;
  readonly hash: Uint8Array;
  /** The time of the first entry above it. */
  readonly before: HybridTime;
}

/** What is held of a chain: everything up to the head, but for the gaps. */
export interface ChainState {
  readonly head: Link;
  /** From the lowest up; none touches another. */
  readonly gaps: readonly Gap[];
}

export type Placement =
  /** `isForked`: what is held below it is of another history of the author's. */
  | { readonly step: "new"; readonly after: ChainState; readonly isForked: boolean }
  | { readonly step: "held" }
  /** Its author has said otherwise. */
  | { readonly step: "equivocation" }
  /** Its times do not rise with its seqs. */
  | { readonly step: "disorder" }
  /** It makes one gap too many. */
  | { readonly step: "full" };

export const ORIGIN: Link = {
  seq: 0,
  hash: new Uint8Array(HASH_BYTES),
  time: { wallMs: 0, tick: 0 },
};
export const NOTHING_HELD: ChainState = { head: ORIGIN, gaps: [] };

/** After every time that is written. */
const NO_TIME: HybridTime = { wallMs: Infinity, tick: 0 };

/** The place of a run in its chain; `bytes` is its encoding. */
export function linkOf({ seq, entries }: Run, bytes: Uint8Array): Link {
  return { seq: seq + entries.length - 1, hash: sha256(bytes), time: lastOf(entries).time };
}

/** The entries of a run, each by itself. */
export function entriesOf({ room, author, seq, entries }: Run): Entry[] {
  return entries.map(({ time, type, body }, i) => {
    return { room, author, seq: seq + i, time, type, body };
  });
}

export function holds({ head, gaps }: ChainState, seq: number): boolean {
  return seq >= 1 && seq <= head.seq && !gaps.some(({ after, to }) => seq > after.seq && seq <= to);
}

/** The gap above the head, where the author has signed that there is more. */
export function topGap({ head }: ChainState, tip: CheckpointFields | undefined): Gap | undefined {
  if (tip === undefined || tip.seq <= head.seq) return undefined;
  return { after: head, to: tip.seq, hash: tip.hash, before: NO_TIME };
}

/** How many entries are known to be, and are not held. */
export function missingIn(state: ChainState, tip: CheckpointFields | undefined): number {
  const top = topGap(state, tip);
  const gaps = top === undefined ? state.gaps : [...state.gaps, top];
  return gaps.reduce((sum, { after, to }) => sum + to - after.seq, 0);
}

/**
 * Where an authentic run goes: above the head, or into a gap. `tip` is what the author has signed;
 * where a chain `keepsGaps`, what a run above the head leaves out is one, else it is no concern.
 */
export function placeRun(
  state: ChainState,
  { run, link }: { readonly run: Run; readonly link: Link },
  { tip, keepsGaps }: { readonly tip: CheckpointFields | undefined; readonly keepsGaps: boolean },
): Placement {
  if (!isRising(run)) return { step: "disorder" };
  if (tip !== undefined && contradictsTip(run, link, tip)) return { step: "equivocation" };
  const { head, gaps } = state;
  const isElsewhere = tip !== undefined && goesOnElsewhere(run, tip);
  if (run.seq > head.seq) {
    const above = { after: head, to: link.seq, hash: link.hash, before: NO_TIME };
    const filled = fill(above, run, link);
    if (filled.step !== "filled") return filled;
    const isWhole = !keepsGaps || filled.gaps.length === 0;
    const after = { head: link, gaps: isWhole ? gaps : [...gaps, ...filled.gaps] };
    return stateOf(after, filled.isForked || isElsewhere);
  }
  const index = gaps.findIndex(({ to }) => run.seq <= to);
  const gap = gaps[index];
  if (gap === undefined || run.seq <= gap.after.seq) {
    const ends = gap === undefined ? head : gap.after;
    return contradicts(run, link, ends) || contradicts(run, link, head)
      ? { step: "equivocation" }
      : { step: "held" };
  }
  const filled = fill(gap, run, link);
  if (filled.step !== "filled") return filled;
  const left = gaps.toSpliced(index, 1, ...filled.gaps);
  return stateOf({ head, gaps: left }, filled.isForked || isElsewhere);
}

type Filled =
  | { readonly step: "filled"; readonly gaps: readonly Gap[]; readonly isForked: boolean }
  | { readonly step: "equivocation" | "disorder" };

/** What is left of a gap below and above a run in it. */
function fill(gap: Gap, run: Run, link: Link): Filled {
  const { after, to, hash, before } = gap;
  if (link.seq > to || (link.seq === to && !equalBytes(link.hash, hash))) {
    return { step: "equivocation" };
  }
  const { time } = firstOf(run.entries);
  const isLowest = run.seq === after.seq + 1;
  const isForked = isLowest && !equalBytes(run.previous, after.hash);
  const isLate = after.seq > 0 && compareTime(time, after.time) <= 0;
  // What goes on from something else need not be later than what is held.
  if (isLate) return { step: isForked ? "equivocation" : "disorder" };
  if (compareTime(link.time, before) >= 0) return { step: "disorder" };
  const gaps: Gap[] = [];
  if (!isLowest) gaps.push({ after, to: run.seq - 1, hash: run.previous, before: time });
  if (link.seq < to) gaps.push({ after: link, to, hash, before });
  return { step: "filled", gaps, isForked };
}

function stateOf(after: ChainState, isForked: boolean): Placement {
  if (after.gaps.length > GAPS_PER_CHAIN_MAX) return { step: "full" };
  return { step: "new", after, isForked };
}

function isRising({ entries }: Run): boolean {
  return entries.every(({ time }, i) => {
    const before = entries[i - 1]?.time;
    return before === undefined || compareTime(before, time) < 0;
  });
}

/** Whether a run that leads up to the end of a gap goes on from something else than is below it. */
export function leadsElsewhere({ seq, previous }: Run, { after }: Gap): boolean {
  if (after.seq === 0 || seq > after.seq + 1) return false;
  return seq <= after.seq || !equalBytes(previous, after.hash);
}

/** The author has signed that another run ends where this one does, or amid it. */
function contradictsTip(run: Run, link: Link, { seq, hash }: CheckpointFields): boolean {
  if (seq === link.seq) return !equalBytes(link.hash, hash);
  return seq >= run.seq && seq < link.seq;
}

/** The author has signed that another run ends where this one goes on. */
function goesOnElsewhere(run: Run, { seq, hash }: CheckpointFields): boolean {
  return seq === run.seq - 1 && !equalBytes(run.previous, hash);
}

/**
 * An old seq with another hash, or with a time that the chain had not reached; or a run that goes
 * on where an author ended one.
 */
function contradicts(run: Run, last: Link, { seq, hash, time }: Link): boolean {
  if (run.seq > seq) return false;
  if (last.seq === seq) return !equalBytes(last.hash, hash);
  return last.seq > seq || compareTime(last.time, time) >= 0;
}

function firstOf<Item>(items: readonly Item[]): Item {
  const first = items[0];
  assert(first !== undefined, "a run has an entry");
  return first;
}

function lastOf<Item>(items: readonly Item[]): Item {
  const last = items.at(-1);
  assert(last !== undefined, "a run has an entry");
  return last;
}
