import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import type { ChainName, OutboxRow, RunRow } from "../../lib/chat/records.ts";
import type { Content } from "../../lib/wire/content.ts";
import type { Entry } from "../../lib/wire/entry.ts";

/** One entry. */
export interface Kept {
  readonly entry: Entry;
  /** What it says; undefined where nobody can tell. */
  readonly content: Content | undefined;
  /** The run that it is of. */
  readonly row: RunRow;
  readonly isOwn: boolean;
  /** Counts what came, in that order. */
  readonly arrival: number;
  shown: boolean;
  /** One's own, taken back before it went out. */
  isCancelled?: boolean;
}

/** The entries of a disk in memory, found by what they are of; the first written come first. */
export class MemoryEntries {
  readonly #all = new Set<Kept>();
  readonly #byRoom = new Map<RoomId, Set<Kept>>();
  readonly #byChain = new Map<string, Map<number, Kept>>();

  /** Takes the place of the one that has this name. */
  add(kept: Kept): void {
    const { room, author, seq } = kept.entry;
    this.delete(room, author, seq);
    const ofRoom = this.#byRoom.get(room) ?? new Set();
    this.#byRoom.set(room, ofRoom.add(kept));
    const chain = this.#byChain.get(room + author) ?? new Map<number, Kept>();
    this.#byChain.set(room + author, chain.set(seq, kept));
    this.#all.add(kept);
  }

  delete(room: RoomId, author: PeerId, seq: number): void {
    const kept = this.get(room, author, seq);
    if (kept === undefined) return;
    this.#byChain.get(room + author)?.delete(seq);
    this.#byRoom.get(room)?.delete(kept);
    this.#all.delete(kept);
  }

  get(room: RoomId, author: PeerId, seq: number): Kept | undefined {
    return this.#byChain.get(room + author)?.get(seq);
  }

  /** The own one of this seq. */
  cancel(room: RoomId, seq: number): void {
    for (const kept of this.ofRoom(room)) {
      if (kept.isOwn && kept.entry.seq === seq) kept.isCancelled = true;
    }
  }

  all(): Iterable<Kept> {
    return this.#all;
  }

  rooms(): RoomId[] {
    return [...this.#byRoom].filter(([, { size }]) => size > 0).map(([room]) => room);
  }

  ofRoom(room: RoomId): readonly Kept[] {
    return [...(this.#byRoom.get(room) ?? [])];
  }

  ofChain({ room, author }: ChainName): readonly Kept[] {
    return [...(this.#byChain.get(room + author)?.values() ?? [])];
  }
}

/** The last of each room, in its order. */
export function latestOf(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.toSorted(compareEntries).map((it) => [it.room, it])).values()];
}

/** A run of a room's. */
export function rowKey(room: RoomId, seq: number): string {
  return `${room} ${seq}`;
}

/** How many entries these runs have. */
/** What waits for one peer; `isTried`: it may be on its way. */
export interface WaitingRow extends OutboxRow {
  readonly isTried: boolean;
}

export function entriesIn(rows: Iterable<OutboxRow>): number {
  return [...rows].reduce((sum, { run }) => sum + run.entries.length, 0);
}
