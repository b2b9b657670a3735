import { toHex } from "../base/bytes.ts";

export const NOISE_KEY_BYTES = 32;

/** 2^255 − 19 in hexadecimal, most significant digit first. */
const FIELD_PRIME = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";

/** Every coordinate below the prime that lies in a small subgroup of Curve25519 or of its twist. */
const LOW_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000001",
  "00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0",
  "57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f",
  "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
]);

/**
 * True for the one encoding of an X25519 public key of high order. RFC 7748 §5 also takes unreduced
 * keys and ignores bit 255, so that one key would go under several names; a point of low order makes
 * a secret that everybody knows.
 */
export function isNoiseKey(bytes: Uint8Array): boolean {
  if (bytes.length !== NOISE_KEY_BYTES) return false;
  const coordinate = toHex(bytes.toReversed());
  return coordinate < FIELD_PRIME && !LOW_ORDER.has(coordinate);
}
