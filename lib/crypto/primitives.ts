/**
 * The primitives that everything secret is made of. No other file of the pure floors imports
 * node:crypto. Functions return plain byte arrays of their own; what they are given they neither
 * keep nor change.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  type KeyObject,
  sign as signWithKey,
  timingSafeEqual,
  verify as verifyWithKey,
} from "node:crypto";
import { assert } from "../base/assert.ts";
import { concatBytes, NO_BYTES, putU64 } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { isIdentityKey, isNoiseKey } from "../wire/keys.ts";

export const HASH_BYTES = 32;
export const KEY_BYTES = 32;
export const TAG_BYTES = 16;
export const SIGNATURE_BYTES = 64;
const NONCE_BYTES = 12;
/** SHA-256 of the parts one after another. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [first = NO_BYTES, ...others] = parts;
  // In one call, as a hash object costs more than it hashes.
  const digest = hash("sha256", others.length === 0 ? first : concatBytes(...parts), "buffer");
  // To ask a small Buffer for its memory takes longer than to copy it.
  return new Uint8Array(digest);
}

/** SHA-512 of the parts one after another. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const sum = createHash("sha512");
  for (const part of parts) sum.update(part);
  return plain(sum.digest());
}

/** HMAC-SHA256 (RFC 2104) of the parts one after another. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return plain(hmac.digest());
}

/** HKDF-SHA256 (RFC 5869); `length` is at most 8160. */
export function hkdf(
  salt: Uint8Array,
  input: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", input, salt, info, length));
}

/** Noise §4.3 HKDF with two outputs, which is RFC 5869 with an empty info. */
export function hkdf2(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array] {
  const output = hkdf(chainingKey, input, NO_BYTES, 2 * HASH_BYTES);
  return [output.slice(0, HASH_BYTES), output.slice(HASH_BYTES)];
}

/** The same with three; the first two are those of `hkdf2`. */
export function hkdf3(
  chainingKey: Uint8Array,
  input: Uint8Array,
): [Uint8Array, Uint8Array, Uint8Array] {
  const output = hkdf(chainingKey, input, NO_BYTES, 3 * HASH_BYTES);
  const at = (place: number) => output.slice(place * HASH_BYTES, (place + 1) * HASH_BYTES);
  return [at(0), at(1), at(2)];
}

/** Compares secrets in time that depends on their lengths only. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** An X25519 key pair. The secret half leaves this file only inside its opaque key object. */
export interface DhKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

/** `secret` is any 32 bytes; X25519 clamps them itself. */
export function dhKeyPair(secret: Uint8Array): DhKeyPair {
  return keyPair("x25519", secret);
}

export function generateDhKeyPair(random: Random): DhKeyPair {
  return dhKeyPair(random(KEY_BYTES));
}

/** The shared secret, 32 bytes; undefined for anything but a canonical key of high order. */
export function dh(pair: DhKeyPair, publicKey: Uint8Array): Uint8Array | undefined {
  if (!isNoiseKey(publicKey)) return undefined;
  const key = publicKeyObject("x25519", publicKey);
  return plain(diffieHellman({ privateKey: pair.privateKey, publicKey: key }));
}

/** An Ed25519 key pair. */
export interface SigningKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

/** `seed` is 32 bytes, the secret key of RFC 8032. */
export function signingKeyPair(seed: Uint8Array): SigningKeyPair {
  return keyPair("ed25519", seed);
}

/** An Ed25519 signature, 64 bytes. */
export function sign(pair: SigningKeyPair, message: Uint8Array): Uint8Array {
  return plain(signWithKey(null, message, pair.privateKey));
}

/** False for a wrong signature, a key of low order, and bytes that are no key or no signature. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isIdentityKey(publicKey) || signature.length !== SIGNATURE_BYTES) return false;
  return verifyWithKey(null, message, publicKeyObject("ed25519", publicKey), signature);
}

/**
 * AES-256-GCM as Noise §12.4 has it: the nonce is four zero bytes and the counter as 64 bits,
 * big-endian. Returns `headroom` zeros for the caller to fill, the ciphertext and its 16-byte tag.
 * A key must never see a counter twice.
 */
export function seal(
  key: Uint8Array,
  counter: number,
  ad: Uint8Array,
  plaintext: Uint8Array,
  headroom = 0,
): Uint8Array {
  return sealWithNonce(key, counterNonce(counter), ad, plaintext, headroom);
}

/** Reverses `seal`; undefined if anything was altered or the tag is not there. */
export function open(
  key: Uint8Array,
  counter: number,
  ad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  return openWithNonce(key, counterNonce(counter), ad, sealed);
}

/** `seal` under a nonce of any 12 bytes, as public vectors need it. */
export function sealWithNonce(
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  plaintext: Uint8Array,
  headroom = 0,
): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  if (ad.length > 0) cipher.setAAD(ad);
  const sealed = new Uint8Array(headroom + plaintext.length + TAG_BYTES);
  sealed.set(cipher.update(plaintext), headroom);
  cipher.final();
  sealed.set(cipher.getAuthTag(), headroom + plaintext.length);
  return sealed;
}

/** `open` under a nonce of any 12 bytes, as public vectors need it. */
export function openWithNonce(
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const length = sealed.length - TAG_BYTES;
  if (length < 0) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  if (ad.length > 0) decipher.setAAD(ad);
  // Sixteen bytes in any case: no shorter tag would do, although the library takes some.
  decipher.setAuthTag(sealed.subarray(length));
  const unverified = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain(unverified);
}

function counterNonce(counter: number): Uint8Array {
  assert(Number.isSafeInteger(counter) && counter >= 0, "a nonce counter is an exact number");
  const nonce = new Uint8Array(NONCE_BYTES);
  putU64(nonce, NONCE_BYTES - 8, counter);
  return nonce;
}

type Curve = "x25519" | "ed25519";

function keyPair(
  curve: Curve,
  secret: Uint8Array,
): { publicKey: Uint8Array; privateKey: KeyObject } {
  assert(secret.length === KEY_BYTES, "a secret key is 32 bytes");
  const privateKey = createPrivateKey({
    key: secret,
    format: "raw-private",
    asymmetricKeyType: curve,
  });
  const publicKey = createPublicKey(privateKey).export({ format: "raw-public" });
  return { publicKey: plain(publicKey), privateKey };
}

function publicKeyObject(curve: Curve, key: Uint8Array): KeyObject {
  return createPublicKey({ key, format: "raw-public", asymmetricKeyType: curve });
}

/** A Buffer's `slice` shares memory where a Uint8Array's copies: no Buffer leaves this file. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
