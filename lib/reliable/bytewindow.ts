import { assert } from "../base/assert.ts";
import { NO_BYTES, putVarint, varintSize } from "../base/bytes.ts";

/** What is allocated at least: a few short messages. */
const BYTES_MIN = 256;

/**
 * A buffer fuller than this is made anew, twice as large as what it holds: one that is filled to
 * about its limit over and over is then not made anew for every byte more than before.
 */
const FILL_MAX = 3 / 4;

/** Room that is kept beyond twice what is held: to ask for it anew costs more than to hold it. */
const SPARE_BYTES = 2 ** 19;

/**
 * The bytes of a stream between two offsets that only move forward, in one piece. It holds at most
 * twice what its owner keeps between the two, so that moving bytes costs a constant for each byte.
 */
export class ByteWindow {
  #bytes: Uint8Array = NO_BYTES;
  /** Offset in the stream of the first byte in `#bytes`. */
  #base: number;
  #start: number;
  #end: number;

  /** Empty, and beginning at `offset`. */
  constructor(offset: number) {
    this.#base = offset;
    this.#start = offset;
    this.#end = offset;
  }

  write(offset: number, data: Uint8Array): void {
    assert(offset >= this.#start, "released bytes are not written again");
    const end = offset + data.length;
    if (end - this.#base > this.#bytes.length) this.#makeRoom(end);
    this.#bytes.set(data, offset - this.#base);
    this.#end = Math.max(this.#end, end);
  }

  /** Writes `data` after its length, and returns the offset behind it. */
  writeSized(offset: number, data: Uint8Array): number {
    const end = offset + varintSize(data.length) + data.length;
    if (end - this.#base > this.#bytes.length) this.#makeRoom(end);
    const at = offset - this.#base;
    this.#bytes.set(data, at + putVarint(this.#bytes, at, data.length));
    this.#end = Math.max(this.#end, end);
    return end;
  }

  /** A view, good until the next write. */
  view(start: number, end: number): Uint8Array {
    assert(start >= this.#start && end <= this.#end, "a view lies inside the window");
    return this.#bytes.subarray(start - this.#base, end - this.#base);
  }

  /** Gives up everything below `offset`. */
  release(offset: number): void {
    this.#start = offset;
    if (offset < this.#end) return;
    this.#base = offset;
    this.#end = offset;
  }

  /** After much was released: gives back what is more than twice what is held, and some. */
  trim(): void {
    const needed = 2 * Math.max(0, this.#end - this.#start);
    if (this.#bytes.length > needed + SPARE_BYTES) this.#moveInto(new Uint8Array(needed));
  }

  #makeRoom(end: number): void {
    const held = end - this.#start;
    const isRoomy = held <= FILL_MAX * this.#bytes.length;
    this.#moveInto(isRoomy ? this.#bytes : new Uint8Array(Math.max(BYTES_MIN, 2 * held)));
  }

  #moveInto(bytes: Uint8Array): void {
    bytes.set(this.#bytes.subarray(this.#start - this.#base, this.#end - this.#base));
    this.#bytes = bytes;
    this.#base = this.#start;
  }
}
