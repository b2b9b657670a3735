import { toHex } from "../base/bytes.ts";

/** Both kinds are points of one curve over the integers modulo 2^255 − 19. */
export const NOISE_KEY_BYTES = 32;
export const IDENTITY_KEY_BYTES = 32;

/** 2^255 − 19 in hexadecimal, most significant digit first. */
const FIELD_PRIME = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";

/** The u-coordinates of small subgroups of Curve25519 and of its twist. */
const LOW_ORDER_U: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000001",
  "00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0",
  "57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f",
  "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
]);

/** The y-coordinates of the eight points of small order on edwards25519. */
const LOW_ORDER_Y: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000001",
  "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
  "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
  "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
]);

/**
 * True for the one encoding of an X25519 public key of high order. RFC 7748 §5 also takes
 * unreduced keys and ignores bit 255, so that one key would go under several names; a point of low
 * order makes a secret that everybody knows.
 */
export function isNoiseKey(bytes: Uint8Array): boolean {
  if (bytes.length !== NOISE_KEY_BYTES) return false;
  const u = toHex(bytes.toReversed());
  return u < FIELD_PRIME && !LOW_ORDER_U.has(u);
}

/**
 * True for what may be an Ed25519 public key. Anybody can sign under a key of low order, and RFC
 * 8032 §5.1.3 has every coordinate reduced. Whether a point lies on the curve, verifying shows.
 */
export function isIdentityKey(bytes: Uint8Array): boolean {
  if (bytes.length !== IDENTITY_KEY_BYTES) return false;
  const [top = 0, ...rest] = bytes.toReversed();
  const y = toHex(Uint8Array.of(top & SIGN_CLEARED, ...rest));
  return y < FIELD_PRIME && !LOW_ORDER_Y.has(y);
}

/** The last byte's high bit is the sign of x. RFC 8032 §5.1.2. */
const SIGN_CLEARED = 0x7f;
