import { TokenBucket } from "../base/bucket.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import type { Head } from "../wire/chat.ts";
import { READ_MARKS_MAX, ROOMS_MAX } from "../wire/limits.ts";
import { directRoom } from "./rooms.ts";

/** Lines a peer may cause in our log: a burst, then one a second. The rest goes unsaid. */
const FACTS_BURST = 16;
/** Comings and goings of a peer: two of every room, then one a second. The rest is ignored. */
const CHANGES_BURST = 2 * ROOMS_MAX;
/** Rooms of which it may say how far it has read: all of them twice, then so many a second. */
const READS_BURST = 2 * READ_MARKS_MAX;
const READS_PER_SECOND = 8;

/** What holds in one session alone, on one of its sides, is bound to this. */
export interface Binding {
  /** The hash of the session's first handshake, 32 bytes. */
  readonly hash: Uint8Array;
  readonly isInitiator: boolean;
}

/** Somebody with whom a session is open, as long as it is. */
export interface OpenPeer {
  readonly id: PeerId;
  readonly direct: RoomId;
  /** Undefined ahead of the session: nothing can be proved there. */
  readonly binding: Binding | undefined;
  /** Open rooms it said it is in, whether or not we are. With `proofs` at most ROOMS_MAX. */
  readonly announced: Set<RoomId>;
  /** What it gave to prove that it is in private rooms, in hexadecimal, whether or not we are. */
  readonly proofs: Set<string>;
  /** Private rooms of ours that it has proved to be in. */
  readonly proved: Set<RoomId>;
  /** Whether it has said which rooms it is in. */
  hasMet: boolean;
  /** It says things between us two that do not go behind what we hold: it may not know yet. */
  isAstray: boolean;
  /** Whether it has begun to tell what it holds of our chains, and of which rooms it has. */
  hasTold: boolean;
  readonly told: Set<RoomId>;
  /** Of which chains of ours it has told anything. */
  readonly claimed: Set<RoomId>;
  /** What it told of rooms that it is in and we are not. */
  readonly heads: Map<RoomId, Head>;
  /** Rooms of which it was told what we hold of its chain. */
  readonly informed: Set<RoomId>;
  readonly facts: TokenBucket;
  readonly changes: TokenBucket;
  readonly reads: TokenBucket;
}

export function openPeer(now: number, me: PeerId, id: PeerId, binding?: Binding): OpenPeer {
  return {
    id,
    direct: directRoom(me, id),
    binding,
    announced: new Set(),
    proofs: new Set(),
    proved: new Set(),
    hasMet: false,
    isAstray: false,
    hasTold: false,
    told: new Set(),
    claimed: new Set(),
    heads: new Map(),
    informed: new Set(),
    facts: new TokenBucket(now, 1, FACTS_BURST),
    changes: new TokenBucket(now, 1, CHANGES_BURST),
    reads: new TokenBucket(now, READS_PER_SECOND, READS_BURST),
  };
}
