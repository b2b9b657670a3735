import { type Address, sourceOf } from "../base/address.ts";
import { TokenBucket } from "../base/bucket.ts";
import { TAG_BYTES } from "../crypto/primitives.ts";
import { Recent } from "../rendezvous/recent.ts";
import { handshakePayloadBytesMax, RUN_BYTES } from "../wire/handshake.ts";
import { isNoiseKey, NOISE_KEY_BYTES } from "../wire/keys.ts";
import { REKEY_MS } from "../wire/limits.ts";
import type { Packet, Purpose } from "../wire/packet.ts";

/** To read and answer one costs 0.3 ms: a third of a core at the most. */
const OPENED_PER_SECOND = 1000;

/** Kept for those whom this node has called or talked with: no flood of strangers takes these. */
const OPENED_EXPECTED_PER_SECOND = 250;

/**
 * From one IP address, or one network of 64 bits in IPv6. Who calls a server has proved to be
 * there, and may be a whole house behind one address; it gets no more than half of what there is.
 */
const OPENED_PER_SOURCE = { peer: 20, server: 500 } as const;
const OPENED_PER_SOURCE_BURST = { peer: 5, server: 500 } as const;

/** Sources that are counted; the one heard of longest ago may begin anew. About 150 bytes each. */
const SOURCES_MAX = 4096;

/** Of an IPv6 address: its network. */
const SOURCE_BYTES = 8;
/** Longer than any of their buckets takes to be full again. */
const SOURCE_IDLE_MS = 1_000;

/**
 * Those are taken up of whom no introduction has told, for theirs may have been lost. A crowd that
 * nobody has introduced is none that one wants to talk with.
 */
const STRANGERS_PER_MINUTE = 60;

/** As many as 512 calls have candidates, and connections besides. */
const EXPECTED_MAX = 8192;
/** A session renews its keys before this, and is expected anew. */
const EXPECTED_MS = REKEY_MS + 60_000;

/** The smallest card has a name of one letter. PROTOCOL.md §1. */
const CARD_BYTES_MIN = 137;

/**
 * What message 1 of a caller with the smallest card is padded to, be it one that tells no run: two
 * keys, two tags, payload.
 */
const NOISE_BYTES_MIN =
  2 * (NOISE_KEY_BYTES + TAG_BYTES) + handshakePayloadBytesMax(CARD_BYTES_MIN) - RUN_BYTES;

/**
 * Decides which initiations are worth reading. Sources can be forged, and so can all that costs the
 * sender nothing: what could be no initiation takes no place of one that is. PROTOCOL.md §4, §10.
 */
export class Gate {
  readonly #purpose: Purpose;
  readonly #opened: TokenBucket;
  readonly #openedExpected: TokenBucket;
  readonly #strangers: TokenBucket;
  readonly #sources = new Recent<TokenBucket>(SOURCE_IDLE_MS, SOURCES_MAX);
  readonly #expected = new Recent<true>(EXPECTED_MS, EXPECTED_MAX);

  constructor(now: number, purpose: Purpose) {
    this.#purpose = purpose;
    this.#opened = new TokenBucket(now, OPENED_PER_SECOND, OPENED_PER_SECOND);
    this.#strangers = new TokenBucket(now, STRANGERS_PER_MINUTE / 60, STRANGERS_PER_MINUTE);
    this.#openedExpected = new TokenBucket(
      now,
      OPENED_EXPECTED_PER_SECOND,
      OPENED_EXPECTED_PER_SECOND,
    );
  }

  /** Somebody is called there, or has proved to be there. */
  expect(now: number, address: Address): void {
    this.#expected.set(now, sourceOf(address, SOURCE_BYTES), true);
  }

  /** Whether one from there may be read now; it is then counted. */
  admit(now: number, from: Address): boolean {
    const source = sourceOf(from, SOURCE_BYTES);
    if (this.#expected.get(now, source) === true && this.#openedExpected.take(now)) return true;
    const bucket = this.#sources.get(now, source) ?? this.#bucket(now);
    this.#sources.set(now, source, bucket);
    return bucket.has(now) && this.#opened.take(now) && bucket.take(now);
  }

  /** Whether one more may be answered of whom nobody has told; it is then counted. */
  admitStranger(now: number): boolean {
    return this.#strangers.take(now);
  }

  #bucket(now: number): TokenBucket {
    const purpose = this.#purpose;
    return new TokenBucket(now, OPENED_PER_SOURCE[purpose], OPENED_PER_SOURCE_BURST[purpose]);
  }
}

/** Whether it is as long as any must be, and begins with a key. Costs next to nothing. */
export function isInitiation({ noise }: Extract<Packet, { kind: "initiation" }>): boolean {
  return noise.length >= NOISE_BYTES_MIN && isNoiseKey(noise.subarray(0, NOISE_KEY_BYTES));
}
