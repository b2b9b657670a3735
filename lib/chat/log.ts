import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { type Entry, type HybridTime, HASH_BYTES } from "../wire/entry.ts";
import { compareTime } from "./clock.ts";
import type { ChainHead } from "./records.ts";

/** Chains of others that are followed, about 13 MB of memory. New authors beyond are refused. */
export const CHAINS_MAX = 65_536;

/** One author's entries of one room, each bound to the one before by its hash. */
export interface Chain {
  readonly room: RoomId;
  readonly author: PeerId;
  /** The last entry on disk. */
  head: Link;
  /** The last entry that is on disk or waits for it. */
  tail: Link;
  /** The first entry that the disk refused: nothing above it is taken before it is. */
  blockedAt: number | undefined;
}

/** An entry's place in its chain; seq 0 before the first. */
export interface Link {
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly time: HybridTime;
}

export type Verdict =
  | { readonly step: "new"; readonly chain: Chain }
  /** On disk already. */
  | { readonly step: "held" }
  /** On its way to the disk: what becomes of it is answered then. */
  | { readonly step: "pending" }
  | { readonly step: "blocked" }
  | { readonly step: "full" }
  | { readonly step: "equivocation" };

const ORIGIN: Link = {
  seq: 0,
  hash: new Uint8Array(HASH_BYTES),
  time: { wallMs: 0, tick: 0 },
};

/**
 * How far every chain goes. An entry counts once: a seq at or below the head is a duplicate, unless
 * it cannot be, and then its author has written two histories. A seq above head + 1 leaves out
 * entries that were not addressed to us. PROTOCOL.md §8.
 */
export class Log {
  readonly #rooms = new Map<RoomId, Map<PeerId, Chain>>();
  #count = 0;

  constructor(heads: readonly ChainHead[]) {
    for (const { room, author, seq, hash, time } of heads) {
      const chain = this.chain(room, author);
      chain.head = { seq, hash, time };
      chain.tail = chain.head;
    }
  }

  /** The chain, begun if there is none. */
  chain(room: RoomId, author: PeerId): Chain {
    const known = this.#find(room, author);
    if (known !== undefined) return known;
    const chain: Chain = { room, author, head: ORIGIN, tail: ORIGIN, blockedAt: undefined };
    const authors = this.#rooms.get(room) ?? new Map<PeerId, Chain>();
    this.#rooms.set(room, authors.set(author, chain));
    this.#count += 1;
    return chain;
  }

  judge(entry: Entry, hash: Uint8Array): Verdict {
    const known = this.#find(entry.room, entry.author);
    if (known === undefined && this.#count >= CHAINS_MAX) return { step: "full" };
    const chain = known ?? this.chain(entry.room, entry.author);
    const { head, tail, blockedAt } = chain;

    if (entry.seq <= tail.seq) {
      if (contradicts(entry, hash, head) || contradicts(entry, hash, tail)) {
        return { step: "equivocation" };
      }
      return { step: entry.seq <= head.seq ? "held" : "pending" };
    }
    if (blockedAt !== undefined && entry.seq > blockedAt) return { step: "blocked" };
    const isNext = entry.seq === tail.seq + 1;
    if (isNext && !equalBytes(entry.previous, tail.hash)) return { step: "equivocation" };
    if (tail.seq > 0 && compareTime(entry.time, tail.time) <= 0) return { step: "equivocation" };
    return { step: "new", chain };
  }

  /** A new session begins with the oldest entry that still waits: without this, it never comes. */
  unblockAuthor(author: PeerId): void {
    for (const authors of this.#rooms.values()) {
      const chain = authors.get(author);
      if (chain !== undefined) chain.blockedAt = undefined;
    }
  }

  /** While we are out of a room its authors are told so, and give up what waits. */
  unblockRoom(room: RoomId): void {
    for (const chain of this.#rooms.get(room)?.values() ?? []) chain.blockedAt = undefined;
  }

  #find(room: RoomId, author: PeerId): Chain | undefined {
    return this.#rooms.get(room)?.get(author);
  }
}

/** Appends an entry that is not yet on disk. */
export function extendChain(chain: Chain, link: Link): void {
  chain.tail = link;
  if (link.seq === chain.blockedAt) chain.blockedAt = undefined;
}

/** The entry is on disk. */
export function settleChain(chain: Chain, link: Link): void {
  chain.head = link;
}

/** The disk refused the entry, and what was made or heard after it goes with it. */
export function rewindChain(chain: Chain): void {
  chain.tail = chain.head;
}

/** An old seq with another hash, or with a time that the chain had not reached. */
function contradicts(entry: Entry, hash: Uint8Array, link: Link): boolean {
  if (entry.seq > link.seq) return false;
  if (entry.seq === link.seq) return !equalBytes(hash, link.hash);
  return compareTime(entry.time, link.time) >= 0;
}
