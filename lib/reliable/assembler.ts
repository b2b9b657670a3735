import { equalBytes, varintAt, varintSizeAt } from "../base/bytes.ts";
import { Ranges } from "../base/ranges.ts";
import { MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { ByteWindow } from "./bytewindow.ts";

/**
 * Gaps that a stream may have. An honest peer has at most some 1500 packets under way in the
 * largest window, and no more than half as many gaps can lie between them.
 */
export const RECEIVE_GAPS_MAX = 1024;

/** `refused`: no room, as if the packet had been lost. `violation`: no honest peer sends this. */
export type DataResult = "ok" | "refused" | "violation";

/**
 * The receiving half of a channel: puts a stream together and cuts it into messages. It holds what
 * was not polled, which its owner's window bounds. Long messages that come whole and in order are
 * views into what brought them; the rest is copied, so that a few bytes never keep a datagram.
 */
export class Assembler {
  /** What came and was not cut out. */
  readonly #held = new ByteWindow();
  /** What came beyond the first gap. */
  readonly #beyond = new Ranges();
  /** Everything below came. */
  #wholeTo = 0;
  /** Where the first message begins that was not cut out. */
  #cutTo = 0;
  /** Where the first message begins whose length is not known. */
  #headAt = 0;
  /** Whether messages may lie whole in what is held. */
  #holdsWhole = false;
  #messages: Uint8Array[] = [];

  /** Everything below was polled, or can be without more of the stream. */
  get takenTo(): number {
    return this.#cutTo;
  }

  /** One past the last byte that came. */
  get reach(): number {
    const { count } = this.#beyond;
    return count === 0 ? this.#wholeTo : this.#beyond.endOf(count - 1);
  }

  handleData(offset: number, data: Uint8Array): DataResult {
    if (offset + data.length <= this.#cutTo) return "ok";
    const isNext = offset === this.#wholeTo && this.#beyond.count === 0;
    const isRead = this.#messages.length === 0 && !this.#holdsWhole;
    return isNext && isRead ? this.#takeNext(data) : this.#hold(offset, data);
  }

  /** Nothing is expected for a while: gives back what it need not hold. */
  rest(): void {
    this.#held.rest();
  }

  /** All messages that are whole, in order; undefined where there are none. */
  pollMessages(): Uint8Array[] | undefined {
    if (this.#holdsWhole) this.#cutHeld();
    if (this.#messages.length === 0) return undefined;
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  /** What continues the stream, where at most the beginning of one message is held. */
  #takeNext(data: Uint8Array): DataResult {
    let at = this.#cutTo < this.#wholeTo ? this.#completeHeld(data) : 0;
    while (at < data.length && this.#headAt === this.#cutTo) {
      this.#readHead(data, at);
      const end = at + this.#headAt - this.#cutTo;
      if (end === at || end > data.length) break;
      this.#messages.push(cutOf(data, at + varintSizeAt(data, at), end));
      this.#cutTo = this.#headAt;
      at = end;
    }
    this.#wholeTo += data.length;
    if (at < data.length) {
      this.#held.release(this.#cutTo);
      this.#held.write(this.#cutTo, data.subarray(at));
    }
    return this.#result;
  }

  /** Adds to the message that is held in part and cuts it out if that makes it whole. */
  #completeHeld(data: Uint8Array): number {
    let at = 0;
    for (; this.#headAt === this.#cutTo && at < data.length; at++) {
      this.#held.write(this.#wholeTo + at, data.subarray(at, at + 1));
      this.#readHead(this.#held.view(this.#cutTo, this.#wholeTo + at + 1), 0);
    }
    if (this.#headAt === this.#cutTo) return at;
    const missing = this.#headAt - this.#wholeTo - at;
    const rest = data.subarray(at, at + missing);
    this.#held.write(this.#wholeTo + at, rest);
    if (rest.length === missing) this.#cut(this.#headAt);
    return at + rest.length;
  }

  #hold(offset: number, data: Uint8Array): DataResult {
    const start = Math.max(offset, this.#cutTo);
    const fresh = data.subarray(start - offset);
    const end = start + fresh.length;
    if (!this.#agrees(start, fresh)) return "violation";
    if (start > this.#wholeTo && this.#beyond.count >= RECEIVE_GAPS_MAX) return "refused";
    this.#held.release(this.#cutTo);
    this.#held.write(start, fresh);
    this.#beyond.add(start, end);
    if (start > this.#wholeTo) return "ok";
    this.#wholeTo = Math.max(this.#wholeTo, this.#beyond.endOf(0));
    this.#beyond.remove(0, this.#wholeTo);
    this.#readHeads();
    this.#holdsWhole = true;
    return this.#result;
  }

  /** Whether bytes that are held came again as they were (RFC 9000 §2.2). */
  #agrees(start: number, data: Uint8Array): boolean {
    const end = start + data.length;
    if (!this.#isSame(start, data, this.#cutTo, this.#wholeTo)) return false;
    let i = this.#beyond.firstEndingAfter(start);
    for (; this.#beyond.startOf(i) < end; i++) {
      if (!this.#isSame(start, data, this.#beyond.startOf(i), this.#beyond.endOf(i))) return false;
    }
    return true;
  }

  /** Compares `data`, which is for `start`, with what is held from `from` to `to`. */
  #isSame(start: number, data: Uint8Array, from: number, to: number): boolean {
    const first = Math.max(start, from);
    const end = Math.min(start + data.length, to);
    if (first >= end) return true;
    return equalBytes(this.#held.view(first, end), data.subarray(first - start, end - start));
  }

  /** Follows the lengths through what is whole, so that a wrong one is found at once. */
  #readHeads(): void {
    for (let before = -1; this.#headAt < this.#wholeTo && this.#headAt > before;) {
      before = this.#headAt;
      const end = Math.min(this.#headAt + HEAD_BYTES_MAX, this.#wholeTo);
      this.#readHead(this.#held.view(this.#headAt, end), 0);
    }
  }

  /** Learns where the message at `#headAt` ends, if its length is whole at `at` of `bytes`. */
  #readHead(bytes: Uint8Array, at: number): void {
    const headBytes = varintSizeAt(bytes, at);
    if (at + headBytes > bytes.length) return;
    const size = varintAt(bytes, at);
    this.#headAt = size > MESSAGE_BYTES_MAX ? Infinity : this.#headAt + headBytes + size;
  }

  #cutHeld(): void {
    this.#holdsWhole = false;
    while (this.#cutTo < this.#wholeTo) {
      const held = this.#held.view(this.#cutTo, this.#wholeTo);
      const headBytes = varintSizeAt(held, 0);
      if (headBytes > held.length) return;
      const size = headBytes + varintAt(held, 0);
      if (size > held.length) return;
      this.#cut(this.#cutTo + size);
    }
  }

  /** Cuts the first message out of what is held. */
  #cut(end: number): void {
    const whole = this.#held.view(this.#cutTo, end);
    this.#messages.push(whole.slice(varintSizeAt(whole, 0)));
    this.#cutTo = end;
    this.#held.release(end);
  }

  /** A length that no message may have leaves no next message. */
  get #result(): DataResult {
    return this.#headAt === Infinity ? "violation" : "ok";
  }
}

/** The longest varint before a message. */
const HEAD_BYTES_MAX = 8;

/** Up to this a copy costs less than a view, which ties the two together for the collector. */
const COPIED_BYTES_MAX = 512;

function cutOf(data: Uint8Array, start: number, end: number): Uint8Array {
  return end - start > COPIED_BYTES_MAX ? data.subarray(start, end) : data.slice(start, end);
}
