import { TokenBucket } from "../base/bucket.ts";
import type { PeerId } from "../base/ids.ts";

/** Introductions that a client follows, whatever its server says: 128 a minute over all peers. */
const PER_MINUTE = 128;

/** And per peer: five quick ones (at 0, 0.5, 1, 2, 4 s), then six a minute. */
const PER_PEER_BURST = 5;
const PER_PEER_PER_MINUTE = 6;
const PEERS_MAX = 4096;

/** Bounds what a lying server can make a client send: each introduction followed costs 20 datagrams. */
export class IntroductionBudget {
  readonly #all: TokenBucket;
  readonly #perPeer = new Map<PeerId, TokenBucket>();

  constructor(now: number) {
    this.#all = new TokenBucket(now, PER_MINUTE / 60, PER_MINUTE);
  }

  /** Whether this introduction may be followed. */
  take(now: number, peer: PeerId): boolean {
    let bucket = this.#perPeer.get(peer);
    if (bucket === undefined) {
      if (this.#perPeer.size >= PEERS_MAX) this.#perPeer.clear();
      bucket = new TokenBucket(now, PER_PEER_PER_MINUTE / 60, PER_PEER_BURST);
      this.#perPeer.set(peer, bucket);
    }
    return bucket.take(now) && this.#all.take(now);
  }
}
