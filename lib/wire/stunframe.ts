import { assert } from "../base/assert.ts";
import { putU16, Reader, u16At, Writer } from "../base/bytes.ts";
import { crc32 } from "../base/crc32.ts";
import { encodeUtf8 } from "../base/text.ts";

/** The outer form of a STUN message: a header and attributes. RFC 8489 §5, §14. */
export interface StunFrame {
  readonly type: number;
  /** TRANSACTION_BYTES. */
  readonly transaction: Uint8Array;
  /** Of each type the first one's value. */
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

export const TRANSACTION_BYTES = 12;

/** Longer ones are not read. It leaves room for PADDING that no Ethernet carries in one piece. */
export const STUN_BYTES_MAX = 2048;

/** The top 32 bits of what addresses are masked with. */
export const MAGIC_COOKIE = 0x2112_a442;

/** Types below this must be understood by who reads the message. */
export const OPTIONAL = 0x8000;

export const MESSAGE_INTEGRITY = 0x0008;
export const MESSAGE_INTEGRITY_SHA256 = 0x001c;
const SOFTWARE = 0x8022;
const FINGERPRINT = 0x8028;

/** RFC 8489 §14.14: fewer than 128 characters, here of ASCII. */
const SOFTWARE_BYTES_MAX = 127;

const HEADER_BYTES = 20;
const LENGTH_AT = 2;
const COOKIE_AT = 4;
const TRANSACTION_AT = 8;
const ATTRIBUTE_HEADER_BYTES = 4;
const FINGERPRINT_BYTES = ATTRIBUTE_HEADER_BYTES + 4;
const FINGERPRINT_MASK = 0x5354_554e;

/** What comes after a proof of integrity is not covered by it, and counts for nothing. §14.5 */
const INTEGRITY: ReadonlySet<number> = new Set([MESSAGE_INTEGRITY, MESSAGE_INTEGRITY_SHA256]);

/** Whether it begins as STUN messages do, and no packet of ours: two zero bits and the cookie. */
export function isStun(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES || u16At(bytes, 0) >= 0x4000) return false;
  return u16At(bytes, COOKIE_AT) === MAGIC_COOKIE >>> 16 && u16At(bytes, 6) === 0xa442;
}

/** How long the STUN message at the beginning of `bytes` says it is. */
export function stunBytes(bytes: Uint8Array): number {
  return HEADER_BYTES + u16At(bytes, LENGTH_AT);
}

/**
 * Ends with FINGERPRINT. Up to `bytesMin`, a multiple of 4, it is filled up with SOFTWARE, which
 * everybody may ignore.
 */
export function encodeStunFrame(frame: StunFrame, bytesMin = 0): Uint8Array {
  assert(frame.transaction.length === TRANSACTION_BYTES, "a transaction has 12 bytes");
  const writer = new Writer(Math.max(bytesMin, 128));
  writer.u16(frame.type).u16(0).u32(MAGIC_COOKIE).bytes(frame.transaction);
  for (const [type, value] of frame.attributes) writeAttribute(writer, type, value);
  const missing = bytesMin - writer.length - FINGERPRINT_BYTES - ATTRIBUTE_HEADER_BYTES;
  assert(missing <= SOFTWARE_BYTES_MAX, "what fills up is no longer than it may be");
  const filler = "p2pchat".padEnd(missing).slice(0, Math.max(0, missing));
  if (missing >= 0) writeAttribute(writer, SOFTWARE, encodeUtf8(filler));

  // The check covers the length, which counts the check.
  const checked = writer.length;
  const bytes = writer.zeros(FINGERPRINT_BYTES).finish();
  putU16(bytes, LENGTH_AT, bytes.length - HEADER_BYTES);
  const print = fingerprintOf(bytes.subarray(0, checked));
  new Writer(bytes.subarray(checked)).u16(FINGERPRINT).u16(4).u32(print);
  return bytes;
}

/**
 * Undefined unless the bytes are one whole message, not too long, and its FINGERPRINT, where it has
 * one, is right and the last. Fields are views into `bytes`.
 */
export function decodeStunFrame(bytes: Uint8Array): StunFrame | undefined {
  if (bytes.length > STUN_BYTES_MAX || !isStun(bytes) || stunBytes(bytes) !== bytes.length) return;
  const attributes = new Map<number, Uint8Array>();
  const reader = new Reader(bytes, HEADER_BYTES);
  let counts = true;
  while (reader.remaining > 0) {
    const at = bytes.length - reader.remaining;
    const type = reader.u16();
    const length = reader.u16();
    const value = reader.bytes(length);
    reader.bytes(gapAfter(length));
    if (!reader.ok) return undefined;
    if (type === FINGERPRINT) {
      const isRight =
        length === 4 && new Reader(value).u32() === fingerprintOf(bytes.subarray(0, at));
      if (!isRight || reader.remaining > 0) return undefined;
    } else if (counts && !attributes.has(type)) {
      attributes.set(type, value);
    }
    if (INTEGRITY.has(type)) counts = false;
  }
  const transaction = bytes.subarray(TRANSACTION_AT, HEADER_BYTES);
  return { type: u16At(bytes, 0), transaction, attributes };
}

function writeAttribute(writer: Writer, type: number, value: Uint8Array): void {
  writer.u16(type).u16(value.length).bytes(value).zeros(gapAfter(value.length));
}

/** RFC 8489 §14.7. */
function fingerprintOf(before: Uint8Array): number {
  return (crc32(before) ^ FINGERPRINT_MASK) >>> 0;
}

/** Values end on a multiple of 4. */
function gapAfter(length: number): number {
  return -length & 3;
}
