import { assert } from "../base/assert.ts";
import { NO_BYTES } from "../base/bytes.ts";
import { encodeUtf8 } from "../base/text.ts";
import { HASH_BYTES, hkdf2, hkdf3, open, seal, sha256, TAG_BYTES } from "./primitives.ts";

/** The SymmetricState of Noise §5.2 with its CipherState: what both sides hashed and agreed on. */
export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #key: Uint8Array | undefined;
  #counter = 0;

  /** `protocol` is at most 32 bytes; Noise would hash a longer one. */
  constructor(protocol: string) {
    const name = encodeUtf8(protocol);
    assert(name.length <= HASH_BYTES, "a Noise protocol name fits its hash");
    this.#hash = new Uint8Array(HASH_BYTES);
    this.#hash.set(name);
    this.#chainingKey = this.#hash;
  }

  /** A state of the same history that goes its own way from here. */
  copy(): SymmetricState {
    const copy = new SymmetricState("");
    copy.#chainingKey = this.#chainingKey;
    copy.#hash = this.#hash;
    copy.#key = this.#key;
    copy.#counter = this.#counter;
    return copy;
  }

  /** By how much `encryptAndHash` lengthens its input now. */
  get overhead(): number {
    return this.#key === undefined ? 0 : TAG_BYTES;
  }

  mixKey(secret: Uint8Array): void {
    [this.#chainingKey, this.#key] = hkdf2(this.#chainingKey, secret);
    this.#counter = 0;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(this.#hash, data);
  }

  /** In the clear until the first `mixKey`, as Noise has it. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext =
      this.#key === undefined ? plaintext : seal(this.#key, this.#counter++, this.#hash, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /** Returns undefined for what the other side did not encrypt; the state is useless after that. */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array | undefined {
    const plaintext =
      this.#key === undefined
        ? new Uint8Array(ciphertext)
        : open(this.#key, this.#counter++, this.#hash, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** The initiator's sending key, the responder's, and the hash of everything both have seen. */
  split(): Split {
    const [initiator, responder, tagKey] = hkdf3(this.#chainingKey, NO_BYTES);
    return { initiator, responder, tagKey, hash: this.#hash };
  }
}

interface Split {
  readonly initiator: Uint8Array;
  readonly responder: Uint8Array;
  /** A third output beside the two that Noise takes: see `HandshakeResult`. */
  readonly tagKey: Uint8Array;
  readonly hash: Uint8Array;
}
