import { concatBytes, equalBytes, Reader, Writer } from "../base/bytes.ts";
import { idBytes, peerIdOf, type PeerId } from "../base/ids.ts";
import { decodeUtf8, encodeUtf8, NAME_MAX, parseName } from "../base/text.ts";
import { IDENTITY_KEY_BYTES, isIdentityKey, isNoiseKey, NOISE_KEY_BYTES } from "./keys.ts";

const CARD_VERSION = 1;
const SERIAL_BYTES = 6;
const SIGNATURE_BYTES = 64;

/** Version, PeerId, Noise key, serial, name length, a name of four-byte characters, signature. */
export const CARD_BYTES_MAX =
  1 + IDENTITY_KEY_BYTES + NOISE_KEY_BYTES + SERIAL_BYTES + 1 + 4 * NAME_MAX + SIGNATURE_BYTES;

/** What the owner of an identity says of itself. */
export interface CardFields {
  readonly peerId: PeerId;
  /** An X25519 public key, 32 bytes. */
  readonly noiseKey: Uint8Array;
  /** As `parseName` returns it. */
  readonly name: string;
  /** Milliseconds since the epoch when the card was made, below 2^48; the highest one counts. */
  readonly serial: number;
}

/** A signed introduction. Decoding does not check the signature: see `isAuthentic`. */
export interface Card extends CardFields {
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
}

/** The part of a card that its signature covers: everything before it. */
export function cardBody(fields: CardFields): Uint8Array {
  const name = encodeUtf8(fields.name);
  return new Writer(CARD_BYTES_MAX)
    .u8(CARD_VERSION)
    .bytes(idBytes(fields.peerId))
    .bytes(fields.noiseKey)
    .u48(fields.serial)
    .u8(name.length)
    .bytes(name)
    .finish();
}

/** A card has one encoding: it comes out as it was read. */
export function encodeCard(card: Card): Uint8Array {
  return concatBytes(cardBody(card), card.signature);
}

/** Whether their encodings are the same. */
export function isSameCard(a: Card, b: Card): boolean {
  if (a.peerId !== b.peerId || a.serial !== b.serial || a.name !== b.name) return false;
  return equalBytes(a.noiseKey, b.noiseKey) && equalBytes(a.signature, b.signature);
}

/**
 * Returns undefined unless the bytes are exactly one card with usable keys and a name in its one
 * spelling. The card keeps copies: views of one array would take three times the memory.
 */
export function decodeCard(bytes: Uint8Array): Card | undefined {
  if (bytes.length > CARD_BYTES_MAX) return undefined;
  const reader = new Reader(bytes);
  const version = reader.u8();
  const identityKey = reader.bytes(IDENTITY_KEY_BYTES);
  const noiseKey = new Uint8Array(reader.bytes(NOISE_KEY_BYTES));
  const serial = reader.u48();
  const name = decodeUtf8(reader.bytes(reader.u8()));
  const signature = new Uint8Array(reader.bytes(SIGNATURE_BYTES));
  if (!reader.ok || reader.remaining > 0 || version !== CARD_VERSION) return undefined;
  if (!isIdentityKey(identityKey) || !isNoiseKey(noiseKey)) return undefined;
  if (name === undefined || parseName(name) !== name) return undefined;
  return { peerId: peerIdOf(identityKey), noiseKey, name, serial, signature };
}
