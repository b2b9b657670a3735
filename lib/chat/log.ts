import { assert } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { sha256 } from "../crypto/primitives.ts";
import { type Entry, type HybridTime, type Run, HASH_BYTES } from "../wire/entry.ts";
import { compareTime } from "./clock.ts";
import { chainName } from "./messageid.ts";
import type { ChainHead } from "./records.ts";

/** Chains of others that are followed, about 13 MB of memory. New authors beyond are refused. */
export const CHAINS_MAX = 65_536;

/** One author's runs of one room, each bound to the one before by its hash. */
export interface Chain {
  readonly room: RoomId;
  readonly author: PeerId;
  /** What its messages' ids begin with. */
  readonly name: string;
  /** The last run on disk. */
  head: Link;
  /** The last run that is on disk or waits for it. */
  tail: Link;
  /** Where the first run begins that the disk refused: nothing above it is taken before it is. */
  blockedAt: number | undefined;
}

/** A run's place in its chain; seq 0 before the first. */
export interface Link {
  /** The last entry's. */
  readonly seq: number;
  /** The run's: SHA-256 of its bytes. */
  readonly hash: Uint8Array;
  /** The last entry's. */
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
 * How far every chain goes. A run counts once: one at or below the head is a duplicate, unless it
 * cannot be, and then its author has written two histories. A seq above head + 1 leaves out entries
 * that were not addressed to us. PROTOCOL.md §8.
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
    const name = chainName(room, author);
    const chain: Chain = { room, author, name, head: ORIGIN, tail: ORIGIN, blockedAt: undefined };
    const authors = this.#rooms.get(room) ?? new Map<PeerId, Chain>();
    this.#rooms.set(room, authors.set(author, chain));
    this.#count += 1;
    return chain;
  }

  /** `link` is the run's, as `linkOf` makes it. */
  judge(run: Run, link: Link): Verdict {
    const known = this.#find(run.room, run.author);
    if (known === undefined && this.#count >= CHAINS_MAX) return { step: "full" };
    const chain = known ?? this.chain(run.room, run.author);
    const { head, tail, blockedAt } = chain;

    const times = run.entries.map(({ time }) => time);
    if (!isRising(times)) return { step: "equivocation" };
    if (run.seq <= tail.seq) {
      if (contradicts(run, link, head) || contradicts(run, link, tail))
        return { step: "equivocation" };
      return { step: run.seq <= head.seq ? "held" : "pending" };
    }
    if (blockedAt !== undefined && run.seq > blockedAt) return { step: "blocked" };
    const isNext = run.seq === tail.seq + 1;
    if (isNext && !equalBytes(run.previous, tail.hash)) return { step: "equivocation" };
    const isLater = tail.seq === 0 || isRising([tail.time, ...times.slice(0, 1)]);
    return isLater ? { step: "new", chain } : { step: "equivocation" };
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

/** The place of a run in its chain; `bytes` is its encoding. */
export function linkOf({ seq, entries }: Run, bytes: Uint8Array): Link {
  const last = entries.at(-1);
  assert(last !== undefined, "a run has an entry");
  return { seq: seq + entries.length - 1, hash: sha256(bytes), time: last.time };
}

/** The entries of a run, each by itself. */
export function entriesOf({ room, author, seq, entries }: Run): Entry[] {
  return entries.map(({ time, type, body }, i) => {
    return { room, author, seq: seq + i, time, type, body };
  });
}

/** Appends a run that is not yet on disk: it begins with `seq` and ends with `link`. */
export function extendChain(chain: Chain, seq: number, link: Link): void {
  chain.tail = link;
  if (seq === chain.blockedAt) chain.blockedAt = undefined;
}

/** What ends here is on disk. */
export function settleChain(chain: Chain, link: Link): void {
  chain.head = link;
}

/** The disk refused a run, and what was made or heard after it goes with it. */
export function rewindChain(chain: Chain): void {
  chain.tail = chain.head;
}

function isRising(times: readonly HybridTime[]): boolean {
  return times.every((time, i) => {
    const before = times[i - 1];
    return before === undefined || compareTime(before, time) < 0;
  });
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
