import { toHex } from "../base/bytes.ts";
import { peerIdOf, type PeerId } from "../base/ids.ts";

/** What others know an identity by. */
export interface PublicKeys {
  readonly id: PeerId;
  /** 64 hexadecimal digits, as `--server HOST:PORT#KEY` takes it. */
  readonly noiseKey: string;
}

/** A private key of RFC 8410 §7 up to its 32 bytes, which differs in the last byte of the OID. */
const PKCS8 = {
  Ed25519: Uint8Array.fromHex("302e020100300506032b657004220420"),
  X25519: Uint8Array.fromHex("302e020100300506032b656e04220420"),
};

/**
 * The public half of `identityFromSecret`, by WebCrypto: it is there at once, while node:crypto
 * takes longer to load than an empty program takes to start.
 */
export async function publicKeysOf(secret: Uint8Array): Promise<PublicKeys> {
  const half = secret.length / 2;
  const signing = await publicKeyOf("Ed25519", "sign", secret.subarray(0, half));
  const noise = await publicKeyOf("X25519", "deriveBits", secret.subarray(half));
  return { id: peerIdOf(signing), noiseKey: toHex(noise) };
}

async function publicKeyOf(
  name: keyof typeof PKCS8,
  usage: "sign" | "deriveBits",
  secret: Uint8Array,
): Promise<Uint8Array> {
  const pkcs8 = Buffer.concat([PKCS8[name], secret]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, name, true, [usage]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  return Uint8Array.fromBase64(x, { alphabet: "base64url" });
}
