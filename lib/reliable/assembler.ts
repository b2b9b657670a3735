import { equalBytes } from "../base/bytes.ts";
import { Ranges } from "../base/ranges.ts";
import { ByteWindow } from "./bytewindow.ts";
import { Cutter } from "./cutter.ts";

/**
 * Gaps that a stream may have. An honest peer has at most some 1500 packets under way in the
 * largest window, and no more than half as many gaps can lie between them.
 */
export const RECEIVE_GAPS_MAX = 1024;

/** Nothing is ever put in here. */
const NONE: never[] = [];

/** `refused`: no room, as if the packet had been lost. `violation`: no honest peer sends this. */
export type DataResult = "ok" | "refused" | "violation";

/**
 * The receiving half of a channel: puts a stream together and cuts it into messages. It holds one
 * message that is not whole and what was not polled, which its owner's window bounds. Long messages
 * that come whole and in order are views into what brought them; the rest is copied, so that a few
 * bytes never keep a datagram.
 */
export class Assembler {
  readonly #cutter = new Cutter();
  /** What came and was not cut. */
  readonly #held = new ByteWindow();
  /** What came beyond the first gap. */
  readonly #beyond = new Ranges();
  /** Everything below came. */
  #wholeTo = 0;
  /** Everything below was cut. */
  #cutTo = 0;
  #messages: Uint8Array[] = NONE;
  #isBroken = false;

  /** Everything below was polled, or will be with the next poll. */
  get takenTo(): number {
    return this.#cutTo;
  }

  /** One past the last byte that came. */
  get reach(): number {
    const { count } = this.#beyond;
    return count === 0 ? this.#wholeTo : this.#beyond.endOf(count - 1);
  }

  handleData(offset: number, data: Uint8Array): DataResult {
    if (this.#isBroken) return "violation";
    // No data far ahead would take the room of all that may come before it.
    if (data.length === 0 || offset + data.length <= this.#cutTo) return "ok";
    const isNext = offset === this.#wholeTo && this.#beyond.count === 0;
    if (!isNext || !this.#isRead) return this.#hold(offset, data);
    this.#wholeTo += data.length;
    return this.#cut(data, true);
  }

  /** Nothing is expected for a while: gives back what it need not hold. */
  rest(): void {
    this.#held.rest();
  }

  /** All messages that are whole, in order; undefined where there are none. */
  pollMessages(): Uint8Array[] | undefined {
    if (this.#cutTo < this.#wholeTo) this.#cutHeld();
    if (this.#messages.length === 0) return undefined;
    const messages = this.#messages;
    this.#messages = NONE;
    return messages;
  }

  #hold(offset: number, data: Uint8Array): DataResult {
    const start = Math.max(offset, this.#cutTo);
    const fresh = data.subarray(start - offset);
    const end = start + fresh.length;
    if (!this.#agrees(start, fresh)) return "violation";
    if (start > this.#wholeTo && this.#beyond.count >= RECEIVE_GAPS_MAX) return "refused";
    const isRead = this.#isRead;
    this.#held.release(this.#cutTo);
    this.#held.write(start, fresh);
    this.#beyond.add(start, end);
    if (start > this.#wholeTo) return "ok";
    this.#wholeTo = Math.max(this.#wholeTo, this.#beyond.endOf(0));
    this.#beyond.remove(0, this.#wholeTo);
    // Whoever does not poll has it held.
    return isRead ? this.#cutHeld() : "ok";
  }

  /** Whether all that came in order was polled. */
  get #isRead(): boolean {
    return this.#messages.length === 0 && this.#cutTo === this.#wholeTo;
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

  #cutHeld(): DataResult {
    const result = this.#cut(this.#held.view(this.#cutTo, this.#wholeTo), false);
    this.#held.release(this.#cutTo);
    this.#held.trim();
    return result;
  }

  /** Cuts what follows the last piece. */
  #cut(piece: Uint8Array, kept: boolean): DataResult {
    this.#cutTo += piece.length;
    if (this.#messages === NONE) this.#messages = [];
    if (!this.#cutter.feed(piece, kept, this.#messages)) this.#isBroken = true;
    return this.#isBroken ? "violation" : "ok";
  }
}
