import { TokenBucket } from "../base/bucket.ts";

/** A machine that runs several programs and answers for all of them stays below. */
const PER_SOURCE_PER_SECOND = 10;
const PER_SOURCE_BURST = 40;

/**
 * All sources together. A datagram made for it takes 2 ms to decode, and a card with a forged
 * signature 0.15 ms: a flood from one address costs 2 % of a core, from many forged ones 20 %. Two
 * hundred neighbours of both families who answer one question are the burst.
 */
const PER_SECOND = 100;
const BURST = 400;

/** Sources remembered; who came first is forgotten, and then begins with a full bucket. */
const SOURCES_MAX = 1024;

/** RFC 6762 §17 allows 9000 bytes, but what is split on an Ethernet is no announcement of ours. */
const DATAGRAM_BYTES_MAX = 1472;

/** Whatever concerns us holds one of them: a name is written out once at least. */
const WORDS = ["p2pchat", "_services"];

/** Which datagrams of the local network's multicast are looked at: before they are decoded. */
export class SourceGate {
  readonly #all: TokenBucket;
  readonly #sources = new Map<string, TokenBucket>();

  constructor(now: number) {
    this.#all = new TokenBucket(now, PER_SECOND, BURST);
  }

  admits(now: number, source: string, datagram: Buffer): boolean {
    if (datagram.length > DATAGRAM_BYTES_MAX) return false;
    if (!WORDS.some((word) => datagram.includes(word))) return false;
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
