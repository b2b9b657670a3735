import { assert } from "../base/assert.ts";
import { NO_BYTES } from "../base/bytes.ts";
import { peerIdOf, type PeerId } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { RUN_TAG_BYTES } from "../wire/limits.ts";
import {
  type DhKeyPair,
  dhKeyPair,
  hkdf,
  hmacSha256,
  KEY_BYTES,
  type SigningKeyPair,
  signingKeyPair,
} from "./primitives.ts";

/** An Ed25519 seed and an X25519 secret: Noise §14 forbids one key for both. */
export const IDENTITY_SECRET_BYTES = 2 * KEY_BYTES;

const TAGS = encodeUtf8("p2pchat/1 own runs");

/** Who a client or a server is, to itself. */
export interface Identity {
  readonly peerId: PeerId;
  readonly signing: SigningKeyPair;
  readonly noise: DhKeyPair;
  /** What tags one's own runs, 32 bytes: nobody else has a use for it. */
  readonly tagKey: Uint8Array;
}

/** `secret` is 64 random bytes: the Ed25519 seed, then the X25519 secret. */
export function identityFromSecret(secret: Uint8Array): Identity {
  assert(secret.length === IDENTITY_SECRET_BYTES, "an identity's secret is 64 bytes");
  const signing = signingKeyPair(secret.subarray(0, KEY_BYTES));
  const noise = dhKeyPair(secret.subarray(KEY_BYTES));
  const tagKey = hkdf(NO_BYTES, secret, TAGS, KEY_BYTES);
  return { peerId: peerIdOf(signing.publicKey), signing, noise, tagKey };
}

/** By which somebody knows these bytes to be their own. PROTOCOL.md §8. */
export function runTag({ tagKey }: Identity, bytes: Uint8Array): Uint8Array {
  return hmacSha256(tagKey, bytes).slice(0, RUN_TAG_BYTES);
}
