import type { Address } from "../base/address.ts";
import type { Random } from "../base/random.ts";
import { encodeUtf8 } from "../base/text.ts";
import { equalSecret, hmacSha256, KEY_BYTES } from "../crypto/primitives.ts";
import { PATH_DATA_BYTES } from "../wire/frames.ts";
import { RESPONSE_TAG_BYTES } from "../wire/packet.ts";

/**
 * What goes with one side's message of one handshake, to each address another: whoever returns it
 * receives there. The message is the same everywhere and proves no address by itself. PROTOCOL.md
 * §4, in the manner of RFC 9000 §8.
 */
export class AddressProof {
  readonly #key: Uint8Array;

  constructor(random: Random) {
    this.#key = random(KEY_BYTES);
  }

  /** The challenge that goes to this address. */
  challenge(address: Address): Uint8Array {
    return hmacSha256(this.#key, encodeUtf8(address)).subarray(0, PATH_DATA_BYTES);
  }

  /** Whether what came back is what went to this address. */
  isProved(address: Address, returned: Uint8Array): boolean {
    return equalSecret(this.challenge(address), returned);
  }
}

/** What a response says besides its Noise message. */
export interface Proofs {
  readonly echo: Uint8Array;
  readonly challenge: Uint8Array;
}

/** Without it, who alters a response on its way could have the initiator prove nothing. */
export function tagOf(tagKey: Uint8Array, { echo, challenge }: Proofs): Uint8Array {
  return hmacSha256(tagKey, echo, challenge).subarray(0, RESPONSE_TAG_BYTES);
}
