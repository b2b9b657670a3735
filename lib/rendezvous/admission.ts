import { type Address, addressParts } from "../base/address.ts";
import { Reader, Writer } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { encodeUtf8 } from "../base/text.ts";
import { equalSecret, hmacSha256, KEY_BYTES } from "../crypto/primitives.ts";
import { type Card, encodeCard } from "../wire/card.ts";
import { COOKIE_BYTES, encodePacket } from "../wire/packet.ts";

/** A cookie holds for one to two of these. */
export const ADMISSION_SECRET_MS = 120_000;

const SLOT_BYTES = 4;
const TAG_BYTES = COOKIE_BYTES - SLOT_BYTES;

interface Secret {
  /** Which `ADMISSION_SECRET_MS` since the epoch it was made for, mod 2^32. */
  readonly slot: number;
  readonly key: Uint8Array;
}

/**
 * Tells those who can receive at the address they send from, and keeps no state per address: a
 * cookie is the slot of its secret and 16 bytes of HMAC-SHA256 over slot, address and port.
 * PROTOCOL.md §3, and in the manner of RFC 9000 §8.1.
 */
export class Admission {
  readonly #random: Random;
  #current: Secret;
  #previous: Secret | undefined;

  constructor(options: { readonly now: number; readonly random: Random }) {
    this.#random = options.random;
    this.#current = this.#make(slotAt(options.now));
  }

  /** For a challenge to whoever sent from `address`; 20 bytes. */
  cookie(now: number, address: Address): Uint8Array {
    this.#rotate(now);
    return encodeCookie(this.#current, address);
  }

  /** The answer to a hello from `address`; undefined where it is longer than `sizeMax` bytes. */
  challenge(
    now: number,
    address: Address,
    { nonce, card, sizeMax }: { nonce: Uint8Array; card: Card; sizeMax: number },
  ): Uint8Array | undefined {
    const cookie = this.cookie(now, address);
    const bytes = encodePacket({ kind: "challenge", nonce, cookie, card: encodeCard(card) });
    return bytes.length > sizeMax ? undefined : bytes;
  }

  /** Whether it was made here for this very address and port, in this slot or the one before. */
  accepts(now: number, address: Address, cookie: Uint8Array): boolean {
    if (cookie.length !== COOKIE_BYTES) return false;
    this.#rotate(now);
    const slot = new Reader(cookie).u32();
    const secret = [this.#current, this.#previous].find((known) => known?.slot === slot);
    return secret !== undefined && equalSecret(encodeCookie(secret, address), cookie);
  }

  #rotate(now: number): void {
    const slot = slotAt(now);
    if (slot === this.#current.slot) return;
    const follows = slot === (this.#current.slot + 1) >>> 0;
    this.#previous = follows ? this.#current : undefined;
    this.#current = this.#make(slot);
  }

  #make(slot: number): Secret {
    return { slot, key: this.#random(KEY_BYTES) };
  }
}

function slotAt(now: number): number {
  return Math.floor(now / ADMISSION_SECRET_MS) % 0x1_0000_0000;
}

function encodeCookie(secret: Secret, address: Address): Uint8Array {
  const { ip, port, zone } = addressParts(address);
  const bound = new Writer().u32(secret.slot).u8(ip.length).bytes(ip).u16(port);
  bound.bytes(encodeUtf8(zone ?? ""));
  const tag = hmacSha256(secret.key, bound.finish()).subarray(0, TAG_BYTES);
  return new Writer(COOKIE_BYTES).u32(secret.slot).bytes(tag).finish();
}
