import { assert } from "./assert.ts";

/**
 * Reading, writing and comparing bytes. All integers are big-endian; a varint is RFC 9000 §16's.
 * This is the only file that indexes into byte arrays.
 */

/** The largest varint that a number holds exactly: 2^53 − 1. */
const VARINT_MAX = Number.MAX_SAFE_INTEGER;

export const NO_BYTES = new Uint8Array(0);

/**
 * Takes a datagram apart from front to back. A read past the end yields zeros and turns `ok` false,
 * so a decoder reads all fields and asks once.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #ok = true;

  /** Reads from `start` up to but not including `end`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** False once any read went past the end or a varint left the range of exact numbers. */
  get ok(): boolean {
    return this.#ok;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    return this.#take(1) ? this.#bytes[this.#at - 1]! : 0;
  }

  u16(): number {
    if (!this.#take(2)) return 0;
    return u16At(this.#bytes, this.#at - 2);
  }

  u32(): number {
    return this.#take(4) ? u32At(this.#bytes, this.#at - 4) : 0;
  }

  u48(): number {
    const high = this.u16();
    const low = this.u32();
    return this.#ok ? high * 0x1_0000_0000 + low : 0;
  }

  varint(): number {
    const start = this.#at;
    if (!this.#take(this.remaining > 0 ? varintSizeAt(this.#bytes, start) : 1)) return 0;
    const value = varintAt(this.#bytes, start);
    if (value === Infinity) this.#ok = false;
    return this.#ok ? value : 0;
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    if (!this.#take(length)) return NO_BYTES;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A reader of the next `length` bytes alone. */
  within(length: number): Reader {
    const isThere = this.#take(length);
    return new Reader(this.#bytes, isThere ? this.#at - length : this.#at, this.#at);
  }

  /** Everything that is left, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  #take(length: number): boolean {
    if (!this.#ok || length > this.remaining) {
      this.#ok = false;
      return false;
    }
    this.#at += length;
    return true;
  }
}

/**
 * Puts bytes together. It grows when its capacity is exceeded; `finish` returns exactly what was
 * written.
 */
export class Writer {
  #bytes: Uint8Array;
  #at = 0;

  /** Writes into bytes that are there, from their beginning, or into as many new ones. */
  constructor(into: Uint8Array | number = 256) {
    this.#bytes = typeof into === "number" ? new Uint8Array(into) : into;
  }

  get length(): number {
    return this.#at;
  }

  u8(value: number): this {
    this.#room(1);
    this.#bytes[this.#at++] = value;
    return this;
  }

  u16(value: number): this {
    this.#room(2);
    this.#bytes[this.#at++] = value >>> 8;
    this.#bytes[this.#at++] = value;
    return this;
  }

  u32(value: number): this {
    this.#room(4);
    putU32(this.#bytes, this.#at, value);
    this.#at += 4;
    return this;
  }

  u48(value: number): this {
    return this.u16(Math.floor(value / 0x1_0000_0000)).u32(value >>> 0);
  }

  varint(value: number): this {
    assert(isVarint(value), "a varint is a whole number from 0 to 2^53 − 1");
    if (value < 0x40) return this.u8(value);
    if (value < 0x4000) return this.u16(0x4000 | value);
    if (value < 0x4000_0000) return this.u32((0x8000_0000 | value) >>> 0);
    return this.u32((0xc000_0000 | Math.floor(value / 0x1_0000_0000)) >>> 0).u32(value >>> 0);
  }

  bytes(value: Uint8Array): this {
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  zeros(length: number): this {
    this.#room(length);
    this.#bytes.fill(0, this.#at, this.#at + length);
    this.#at += length;
    return this;
  }

  /** What was written, as a view where that is shorter; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#at);
  }

  #room(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

/** How many bytes `Writer.varint` spends on `value`. */
export function varintSize(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x4000_0000 ? 4 : 8;
}

/** Bytes of the varint that begins at `at`, which must lie inside. */
export function varintSizeAt(bytes: Uint8Array, at: number): 1 | 2 | 4 | 8 {
  switch (bytes[at]! >> 6) {
    case 0:
      return 1;
    case 1:
      return 2;
    case 2:
      return 4;
    default:
      return 8;
  }
}

/** The varint at `at`, which must be there whole; Infinity where it is no exact number. */
export function varintAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  switch (first >> 6) {
    case 0:
      return first;
    case 1:
      return ((first & 0x3f) << 8) | bytes[at + 1]!;
    case 2:
      return (u32At(bytes, at) & 0x3fff_ffff) >>> 0;
    default: {
      const high = (u32At(bytes, at) & 0x3fff_ffff) >>> 0;
      return high > 0x1f_ffff ? Infinity : high * 0x1_0000_0000 + u32At(bytes, at + 4);
    }
  }
}

/** Writes 64 bits, of which the upper 11 are zero, at `at`, where there is room. */
export function putU64(bytes: Uint8Array, at: number, value: number): void {
  putU32(bytes, at, Math.floor(value / 0x1_0000_0000));
  putU32(bytes, at + 4, value);
}

/** Reads 16 bits at `at`, where they are. */
export function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Writes the lower 16 bits of a whole number at `at`, where there is room. */
export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes the lower 32 bits of a whole number at `at`, where there is room. */
export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Writes the shortest varint of `value` at `at`, where there is room, and returns its size. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0x40) {
    bytes[at] = value;
    return 1;
  }
  const varint = new Writer(8).varint(value).finish();
  bytes.set(varint, at);
  return varint.length;
}

function u32At(b: Uint8Array, i: number): number {
  return ((b[i]! << 24) | (b[i + 1]! << 16) | (b[i + 2]! << 8) | b[i + 3]!) >>> 0;
}

function isVarint(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= VARINT_MAX;
}

/** Not constant in time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Bytewise order, as memcmp: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer(parts.reduce((sum, part) => sum + part.length, 0));
  for (const part of parts) writer.bytes(part);
  return writer.finish();
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** Undefined unless the text is an even number of hexadecimal digits. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.fromHex(text);
}
