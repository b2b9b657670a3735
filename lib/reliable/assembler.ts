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

/** What came and was not cut, and which of it came beyond the first gap. */
interface Held {
  readonly bytes: ByteWindow;
  readonly beyond: Ranges;
}

/**
 * The receiving half of a channel: puts a stream together and cuts it into messages. It holds one
 * message that is not whole and what was not polled, which its owner's window bounds. Long messages
 * that come whole and in order are views into what brought them; the rest is copied, so that a few
 * bytes never keep a datagram.
 */
export class Assembler {
  readonly #cutter = new Cutter();
  /** Made when something comes that cannot be cut at once: most channels never see any. */
  #held: Held | undefined;
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
    const beyond = this.#held?.beyond;
    const isWhole = beyond === undefined || beyond.count === 0;
    return isWhole ? this.#wholeTo : beyond.endOf(beyond.count - 1);
  }

  handleData(offset: number, data: Uint8Array): DataResult {
    if (this.#isBroken) return "violation";
    // No data far ahead would take the room of all that may come before it.
    if (data.length === 0 || offset + data.length <= this.#cutTo) return "ok";
    const isNext = offset === this.#wholeTo && this.reach === offset;
    if (!isNext || !this.#isRead) return this.#hold(offset, data);
    this.#wholeTo += data.length;
    return this.#cut(data, true);
  }

  /** Nothing is expected for a while: gives back what it need not hold. */
  rest(): void {
    if (this.reach === this.#cutTo) this.#held = undefined;
  }

  /** All messages that are whole, in order; undefined where there are none. */
  pollMessages(): Uint8Array[] | undefined {
    if (this.#held !== undefined && this.#cutTo < this.#wholeTo) this.#cutHeld(this.#held);
    if (this.#messages.length === 0) return undefined;
    const messages = this.#messages;
    this.#messages = NONE;
    return messages;
  }

  #hold(offset: number, data: Uint8Array): DataResult {
    const start = Math.max(offset, this.#cutTo);
    const fresh = data.subarray(start - offset);
    const end = start + fresh.length;
    const held = (this.#held ??= { bytes: new ByteWindow(this.#cutTo), beyond: new Ranges() });
    if (!this.#agrees(held, start, fresh)) return "violation";
    if (start > this.#wholeTo && held.beyond.count >= RECEIVE_GAPS_MAX) return "refused";
    const isRead = this.#isRead;
    held.bytes.release(this.#cutTo);
    held.bytes.write(start, fresh);
    held.beyond.add(start, end);
    if (start > this.#wholeTo) return "ok";
    this.#wholeTo = Math.max(this.#wholeTo, held.beyond.endOf(0));
    held.beyond.remove(0, this.#wholeTo);
    // Whoever does not poll has it held.
    return isRead ? this.#cutHeld(held) : "ok";
  }

  /** Whether all that came in order was polled. */
  get #isRead(): boolean {
    return this.#messages.length === 0 && this.#cutTo === this.#wholeTo;
  }

  /** Whether bytes that are held came again as they were (RFC 9000 §2.2). */
  #agrees({ bytes, beyond }: Held, start: number, data: Uint8Array): boolean {
    const end = start + data.length;
    if (!isSame(bytes, start, data, this.#cutTo, this.#wholeTo)) return false;
    let i = beyond.firstEndingAfter(start);
    for (; beyond.startOf(i) < end; i++) {
      if (!isSame(bytes, start, data, beyond.startOf(i), beyond.endOf(i))) return false;
    }
    return true;
  }

  #cutHeld({ bytes }: Held): DataResult {
    const result = this.#cut(bytes.view(this.#cutTo, this.#wholeTo), false);
    bytes.release(this.#cutTo);
    bytes.trim();
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

/** Compares `data`, which is for `start`, with what is held from `from` to `to`. */
function isSame(
  held: ByteWindow,
  start: number,
  data: Uint8Array,
  from: number,
  to: number,
): boolean {
  const first = Math.max(start, from);
  const end = Math.min(start + data.length, to);
  if (first >= end) return true;
  return equalBytes(held.view(first, end), data.subarray(first - start, end - start));
}
