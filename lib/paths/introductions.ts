import { TokenBucket } from "../base/bucket.ts";
import type { PeerId } from "../base/ids.ts";

/** Introductions that a client follows in any minute, whatever its server says. */
const PER_MINUTE = 128;
const MINUTE_MS = 60_000;

/** And per peer: five quick ones (at 0, 0.5, 1, 2, 4 s), then six a minute. */
const PER_PEER_BURST = 5;
const PER_PEER_PER_MINUTE = 6;

/** Peers remembered; the one first introduced is forgotten first. */
const PEERS_MAX = 4096;

/** Bounds what a lying server can make a client send: 20 calls an introduction, and punches. */
export class IntroductionBudget {
  /** When the latest were followed, oldest first. */
  readonly #followedAtMs: number[] = [];
  readonly #perPeer = new Map<PeerId, { readonly bucket: TokenBucket; followed: number }>();

  /** 0 where this one may not be followed; else how many were since a session was open last. */
  take(now: number, peer: PeerId): number {
    while ((this.#followedAtMs[0] ?? Infinity) <= now - MINUTE_MS) this.#followedAtMs.shift();
    if (this.#followedAtMs.length >= PER_MINUTE) return 0;
    const its = this.#of(now, peer);
    if (!its.bucket.take(now)) return 0;
    this.#followedAtMs.push(now);
    its.followed += 1;
    return its.followed;
  }

  /** A session with this peer is open: when it is lost, the quick ones are due again. */
  onOpened(peer: PeerId): void {
    this.#perPeer.delete(peer);
  }

  #of(now: number, peer: PeerId): { readonly bucket: TokenBucket; followed: number } {
    const known = this.#perPeer.get(peer);
    if (known !== undefined) return known;
    const [first] = this.#perPeer.keys();
    if (first !== undefined && this.#perPeer.size >= PEERS_MAX) this.#perPeer.delete(first);
    const bucket = new TokenBucket(now, PER_PEER_PER_MINUTE / 60, PER_PEER_BURST);
    const its = { bucket, followed: 0 };
    this.#perPeer.set(peer, its);
    return its;
  }
}
