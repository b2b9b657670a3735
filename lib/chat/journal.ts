import { assert } from "../base/assert.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { Content } from "../wire/content.ts";
import type { ChatStore } from "./events.ts";
import type { ChainState } from "./chain.ts";
import type { Chain, Log } from "./log.ts";
import { type Addressees, OwnRun } from "./ownrun.ts";
import type { TagOf } from "./proofs.ts";
import { IN_FLIGHT_MAX } from "./recipient.ts";
import type { ChatWrite } from "./records.ts";
import { Refused, type RoomWrite } from "./refused.ts";

/** A write that waits for the disk, with what must be known when it is there. */
export type Pending = OwnRun | PendingHeard | PendingNote;

/** Runs of one chain, with which they stand and fall. */
export interface PendingHeard {
  readonly kind: "heard";
  /** From the lowest up. */
  readonly runs: readonly HeardRun[];
  readonly chain: Chain;
  /** What the chain is with them. */
  readonly after: ChainState;
  /** Who sent them: their author, who gets a receipt, or somebody who passed them on. */
  readonly isPassedOn: boolean;
}

export interface HeardRun {
  readonly write: Extract<ChatWrite, { kind: "heard" }>;
  /** What each entry says, undefined for one that is not shown. */
  readonly contents: readonly (Content | undefined)[];
}

export interface PendingNote {
  readonly kind: "note";
  readonly write: Exclude<ChatWrite, { kind: "own" | "heard" }>;
  readonly onNoted?: OnNoted | undefined;
}

/** Told whether the disk has taken it. */
export type OnAnswered = (isKept: boolean) => void;

/** The same, of who goes on from there. */
export type OnNoted = (isKept: boolean, now: number) => void;

/** What the disk was asked to keep, and when. */
interface Stored {
  readonly token: number;
  readonly items: readonly Pending[];
  readonly sinceMs: number;
}

/** Own entries that wait for the disk: what is pasted or piped between commits. */
export const OWN_PENDING_MAX = 8192;
export const OWN_PENDING_BYTES_MAX = 8_388_608;
/** Somebody's entries that wait for our disk: twice what an honest author has under way. */
export const HEARD_PENDING_MAX = 4096;
export const HEARD_PENDING_BYTES_MAX = 1_048_576;

/** A store with so many is full: half of what may be under way is, while the rest is stored. */
export const STORE_ENTRIES = IN_FLIGHT_MAX / 2;

/**
 * While more answers are expected, those that have come wait for so many times as long as the last
 * store took, from its end on: the disk is a ninth of the time busy with them. And no longer than
 * PATIENCE_MS_MAX, which nobody notices.
 */
const PATIENCE = 8;
const PATIENCE_MS_MAX = 50;

/**
 * Gathers writes and hands them out as one store at a time: what comes while the disk is busy waits
 * for the next one, so that an entry is never on disk without those before it.
 */
export class Journal {
  readonly #log: Log;
  readonly #open: ReadonlyMap<PeerId, unknown>;
  readonly #tag: TagOf;
  #waiting: Pending[] = [];
  readonly #refused = new Refused();
  /** The last that waits, while entries may join it. */
  #growing: OwnRun | undefined;
  #stored: Stored | undefined;
  /** How many of those that wait are more than answers of others: they wait for nothing. */
  #urgent = 0;
  #patience = PATIENCE;
  /** Until then, answers alone are not stored. */
  #patientUntilMs = -Infinity;
  readonly #loads = new Map<PeerId, { entries: number; bytes: number }>();
  #lastToken = 0;

  constructor(log: Log, open: ReadonlyMap<PeerId, unknown>, tag: TagOf) {
    this.#tag = tag;
    this.#log = log;
    this.#open = open;
  }

  /**
   * The run that an entry of one's own is to be added to: a new one if it cannot join the last.
   * What one says to somebody who is away can be taken back, each message by itself.
   */
  runFor(chain: Chain, addressees: Addressees, body: Uint8Array): OwnRun {
    this.#count(chain.author, 1, body.length);
    const isAlone = addressees.to !== undefined && !this.#open.has(addressees.to);
    if (!isAlone && this.#growing?.admits(chain, addressees, body) === true) return this.#growing;
    const run = new OwnRun(chain, addressees);
    this.#add(run);
    this.#growing = run;
    return run;
  }

  addHeard(item: PendingHeard): void {
    this.#add(item);
    this.#count(...loadOf(item));
  }

  /** What was heard of a chain, begins with this seq and is not known to be on disk. */
  pendingRun(chain: Chain, seq: number): HeardRun | undefined {
    const isIt = ({ write }: HeardRun): boolean => write.run.seq === seq;
    for (const items of [this.#stored?.items ?? [], this.#waiting]) {
      for (const item of items) {
        const isOfChain = item.kind === "heard" && item.chain === chain;
        const found = isOfChain ? item.runs.find(isIt) : undefined;
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  note(write: PendingNote["write"], onNoted?: OnNoted): void {
    this.#add({ kind: "note", write, onNoted });
  }

  /** The disk has refused it, and is asked again: it holds meanwhile. */
  noteAgain(now: number, write: RoomWrite): void {
    this.#refused.keep(now, write);
  }

  /** Whether that one is in this room is, for all that is known, on disk. */
  isKept(room: RoomId): boolean {
    return !this.#refused.hasRoom(room);
  }

  /** Whether this author has as much waiting for the disk as may be. */
  isFull(author: PeerId, entriesMax: number, bytesMax: number): boolean {
    const load = this.#loads.get(author);
    return load !== undefined && (load.entries >= entriesMax || load.bytes >= bytesMax);
  }

  /** What waits, as one transaction; undefined when nothing does or the last is not answered. */
  poll(now: number): ChatStore | undefined {
    if (now < this.pollTimeout()) return undefined;
    this.close();
    this.#lastToken += 1;
    const again = this.#refused.take().map((write) => ({ kind: "note" as const, write }));
    const items = [...again, ...this.#takeSome()];
    this.#stored = { token: this.#lastToken, items, sinceMs: now };
    const writes = [...items.flatMap(writesOf), ...gapsWrites(items)];
    return { kind: "store", token: this.#lastToken, writes };
  }

  /** When there is something to store. */
  pollTimeout(): number {
    if (this.#stored !== undefined) return Infinity;
    const againAtMs = this.#refused.pollTimeout();
    if (this.#waiting.length === 0) return againAtMs;
    return this.#urgent > 0 ? -Infinity : Math.min(this.#patientUntilMs, againAtMs);
  }

  /** Nothing waits for the disk, nor for its answer. */
  get isIdle(): boolean {
    return this.#stored === undefined && this.#waiting.length === 0;
  }

  /** No more answers are expected: those that have come are stored. */
  onAnswered(): void {
    this.#patientUntilMs = -Infinity;
  }

  /** Nothing waits for anything from now on. */
  hurry(): void {
    this.onAnswered();
    this.#refused.hurry();
    this.#patience = 0;
  }

  /** The items of the store that was answered, in the order in which they were added. */
  take(now: number, token: number): readonly Pending[] {
    assert(
      this.#stored?.token === token,
      "a store is answered once, before the next is handed out",
    );
    const { items, sinceMs } = this.#stored;
    this.#stored = undefined;
    this.#patientUntilMs = now + Math.min(this.#patience * (now - sinceMs), PATIENCE_MS_MAX);
    for (const item of items) if (item.kind !== "note") this.#uncount(item);
    return items;
  }

  /** Withdraws the runs of these chains that have not yet been handed out. */
  withdraw(chains: ReadonlySet<Chain>): readonly (OwnRun | PendingHeard)[] {
    if (this.#growing !== undefined && chains.has(this.#growing.chain)) this.#growing = undefined;
    const withdrawn: (OwnRun | PendingHeard)[] = [];
    this.#waiting = this.#waiting.filter((item) => {
      if (item.kind === "note" || !chains.has(item.chain)) return true;
      this.#uncount(item);
      this.#urgent -= 1;
      withdrawn.push(item);
      return false;
    });
    return withdrawn;
  }

  #add(item: Pending): void {
    this.close();
    this.#waiting.push(item);
    if (!isAnswer(item)) this.#urgent += 1;
  }

  /** What is said from now on joins no run that waits. */
  close(): void {
    this.#growing?.close(this.#log, this.#tag, (peer) => this.#open.has(peer));
    this.#growing = undefined;
  }

  /** A store's worth of what waits, from the front. */
  #takeSome(): readonly Pending[] {
    let entries = 0;
    let count = 0;
    for (const item of this.#waiting) {
      if (entries >= STORE_ENTRIES) break;
      entries += entriesIn(item);
      count += 1;
      if (!isAnswer(item)) this.#urgent -= 1;
    }
    return this.#waiting.splice(0, count);
  }

  #uncount(item: OwnRun | PendingHeard): void {
    const [author, entries, bytes] = loadOf(item);
    this.#count(author, -entries, -bytes);
  }

  #count(author: PeerId, entries: number, bytes: number): void {
    const load = this.#loads.get(author) ?? { entries: 0, bytes: 0 };
    load.entries += entries;
    load.bytes += bytes;
    if (load.entries === 0) this.#loads.delete(author);
    else this.#loads.set(author, load);
  }
}

/** Whoever sent it has done with it, and nothing here goes on with it but what is told. */
function isAnswer(item: Pending): boolean {
  return item.kind === "note" && (item.write.kind === "receipt" || item.write.kind === "read");
}

function writesOf(item: Pending): readonly ChatWrite[] {
  return item.kind === "heard" ? item.runs.map(({ write }) => write) : [item.write];
}

/** What is missing in each chain once these are on disk, where that is something else. */
function gapsWrites(items: readonly Pending[]): readonly ChatWrite[] {
  const gaps = new Map<Chain, ChainState["gaps"]>();
  for (const item of items) if (item.kind !== "note") gaps.set(item.chain, item.after.gaps);
  return [...gaps]
    .filter(([{ held }, missing]) => missing !== held.gaps)
    .map(([{ room, author }, missing]) => ({ kind: "gaps", room, author, gaps: missing }));
}

function entriesIn(item: Pending): number {
  if (item.kind === "note") return 0;
  if (item.kind === "own") return item.entries;
  return item.runs.reduce((sum, { write }) => sum + write.run.entries.length, 0);
}

function loadOf(item: OwnRun | PendingHeard): [author: PeerId, entries: number, bytes: number] {
  if (item.kind === "own") return [item.author, item.entries, item.bytes];
  const bytes = item.runs.reduce((sum, { write }) => sum + write.bytes.length, 0);
  return [item.chain.author, entriesIn(item), bytes];
}
