import { assert } from "../base/assert.ts";
import { peerIdOf, type PeerId } from "../base/ids.ts";
import {
  type DhKeyPair,
  dhKeyPair,
  KEY_BYTES,
  type SigningKeyPair,
  signingKeyPair,
} from "./primitives.ts";

/** An Ed25519 seed and an X25519 secret: Noise §14 forbids one key for both. */
export const IDENTITY_SECRET_BYTES = 2 * KEY_BYTES;

/** Who a client or a server is, to itself. */
export interface Identity {
  readonly peerId: PeerId;
  readonly signing: SigningKeyPair;
  readonly noise: DhKeyPair;
}

/** `secret` is 64 random bytes: the Ed25519 seed, then the X25519 secret. */
export function identityFromSecret(secret: Uint8Array): Identity {
  assert(secret.length === IDENTITY_SECRET_BYTES, "an identity's secret is 64 bytes");
  const signing = signingKeyPair(secret.subarray(0, KEY_BYTES));
  const noise = dhKeyPair(secret.subarray(KEY_BYTES));
  return { peerId: peerIdOf(signing.publicKey), signing, noise };
}
