import { TokenBucket } from "../base/bucket.ts";

/** A machine that runs several programs and answers many at once stays below. */
const PER_SOURCE_PER_SECOND = 20;
const PER_SOURCE_BURST = 60;

/** All sources together: at 0.2 ms for a forged signature, a flood costs 4 % of a core. */
const PER_SECOND = 200;
const BURST = 400;

/** Sources remembered; who came first is forgotten, and then begins with a full bucket. */
const SOURCES_MAX = 1024;

/** RFC 6762 §17 allows 9000 bytes, but what is split by a bridge of 1500 is no announcement. */
const DATAGRAM_BYTES_MAX = 1472;

/** What of the local network's multicast is looked at: so much that no flood is worth its while. */
export class SourceGate {
  readonly #all: TokenBucket;
  readonly #sources = new Map<string, TokenBucket>();

  constructor(now: number) {
    this.#all = new TokenBucket(now, PER_SECOND, BURST);
  }

  admits(now: number, source: string, sizeBytes: number): boolean {
    if (sizeBytes > DATAGRAM_BYTES_MAX) return false;
    return this.#bucketOf(now, source).take(now) && this.#all.take(now);
  }

  #bucketOf(now: number, source: string): TokenBucket {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    const [first] = this.#sources.keys();
    if (first !== undefined && this.#sources.size >= SOURCES_MAX) this.#sources.delete(first);
    const bucket = new TokenBucket(now, PER_SOURCE_PER_SECOND, PER_SOURCE_BURST);
    this.#sources.set(source, bucket);
    return bucket;
  }
}
