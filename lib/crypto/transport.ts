import { assert } from "../base/assert.ts";
import { NO_BYTES, toHex } from "../base/bytes.ts";
import { KEY_PACKETS_MAX } from "../wire/limits.ts";
import { open, seal, sha256 } from "./primitives.ts";

/**
 * Told before every sealing, so that a test can prove that no pair comes twice. Keys of the same
 * bytes have the same `keyId`, a hash, whichever object holds them.
 */
export type SealObserver = (keyId: string, counter: number) => void;

/** One direction of a session: AES-256-GCM without associated data, as Noise §5.1. */
export class TransportKey {
  readonly #key: Uint8Array;
  readonly #observe: ((counter: number) => void) | undefined;
  #sealed = -1;
  #wiped = false;

  /** The key belongs to this object from here on. */
  constructor(key: Uint8Array, observe?: SealObserver) {
    this.#key = key;
    if (observe === undefined) return;
    const keyId = toHex(sha256(key));
    this.#observe = (counter) => observe(keyId, counter);
  }

  /**
   * Counters only rise. Returns `headroom` bytes for the caller to fill, and 16 more than the
   * plaintext.
   */
  seal(counter: number, plaintext: Uint8Array, headroom = 0): Uint8Array {
    assert(!this.#wiped, "a wiped key seals nothing");
    assert(counter > this.#sealed, "a nonce is used once");
    assert(counter < KEY_PACKETS_MAX, "a key is replaced before it is worn out");
    this.#sealed = counter;
    this.#observe?.(counter);
    return seal(this.#key, counter, NO_BYTES, plaintext, headroom);
  }

  /** Undefined for what was not sealed under this counter. Does not look for replays. */
  open(counter: number, sealed: Uint8Array): Uint8Array | undefined {
    if (this.#wiped || !Number.isInteger(counter)) return undefined;
    if (counter < 0 || counter >= KEY_PACKETS_MAX) return undefined;
    return open(this.#key, counter, NO_BYTES, sealed);
  }

  /** Overwrites the key. What the runtime has copied meanwhile is out of reach. */
  wipe(): void {
    this.#wiped = true;
    this.#key.fill(0);
  }
}
