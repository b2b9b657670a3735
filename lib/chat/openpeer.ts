import { TokenBucket } from "../base/bucket.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { ROOMS_MAX } from "../wire/limits.ts";
import { directRoom } from "./rooms.ts";

/** Lines a peer may cause in our log: a burst, then one a second. The rest goes unsaid. */
const FACTS_BURST = 16;
/** Comings and goings of a peer: two of every room, then one a second. The rest is ignored. */
const CHANGES_BURST = 2 * ROOMS_MAX;

/** Somebody with whom a session is open, as long as it is. */
export interface OpenPeer {
  readonly id: PeerId;
  readonly direct: RoomId;
  /** Rooms it said it is in, whether or not we are. At most ROOMS_MAX. */
  readonly announced: Set<RoomId>;
  /** Whether it has said which rooms it is in. */
  hasMet: boolean;
  readonly facts: TokenBucket;
  readonly changes: TokenBucket;
}

export function openPeer(now: number, me: PeerId, id: PeerId): OpenPeer {
  return {
    id,
    direct: directRoom(me, id),
    announced: new Set(),
    hasMet: false,
    facts: new TokenBucket(now, 1, FACTS_BURST),
    changes: new TokenBucket(now, 1, CHANGES_BURST),
  };
}
