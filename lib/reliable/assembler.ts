import { Reader, equalBytes } from "../base/bytes.ts";
import { Ranges } from "../base/ranges.ts";
import { MESSAGE_BYTES_MAX, RECEIVE_WINDOW_BYTES } from "../wire/limits.ts";
import { ByteWindow } from "./bytewindow.ts";

/** The longest varint before a message. */
const HEAD_BYTES_MAX = 8;

/**
 * All that a channel holds: an unfinished message and the window beyond it. A caller that polls all
 * messages after every packet never meets this limit, since an honest peer keeps to the window.
 */
export const RECEIVE_BUFFER_BYTES = HEAD_BYTES_MAX + MESSAGE_BYTES_MAX + RECEIVE_WINDOW_BYTES;

/**
 * Pieces that a stream may be in. An honest peer has at most about 1000 packets under way, so that
 * no more than half as many gaps can lie between them.
 */
export const RECEIVE_RANGES_MAX = 1024;

/** `refused`: no room, as if the packet had been lost. `violation`: no honest peer sends this. */
export type DataResult = "ok" | "refused" | "violation";

/** The receiving half of a channel: puts a stream together and takes its messages out in order. */
export class Assembler {
  readonly #bytes = new ByteWindow();
  /** Everything received since the beginning: the first range is what the stream has whole. */
  readonly #received = new Ranges();
  /** Where the next message to poll begins, with its length. */
  #readTo = 0;
  /** Where the next length begins that was not seen yet. */
  #headAt = 0;

  handleData(offset: number, data: Uint8Array): DataResult {
    const end = offset + data.length;
    if (end > this.#wholeTo + RECEIVE_WINDOW_BYTES) return "violation";
    if (end <= this.#readTo) return "ok";
    const start = Math.max(offset, this.#readTo);
    const unread = data.subarray(start - offset);
    if (!this.#agrees(start, unread)) return "violation";
    if (end > this.#readTo + RECEIVE_BUFFER_BYTES) return "refused";
    if (start > this.#wholeTo && this.#received.count >= RECEIVE_RANGES_MAX) return "refused";

    this.#bytes.write(start, unread);
    this.#received.add(start, end);
    return this.#checkHeads() ? "ok" : "violation";
  }

  /** A copy of the next message, undefined until it is whole. */
  pollMessage(): Uint8Array | undefined {
    if (this.#headAt <= this.#readTo) return undefined;
    const wholeTo = this.#wholeTo;
    const headEnd = Math.min(this.#readTo + HEAD_BYTES_MAX, wholeTo);
    const head = new Reader(this.#bytes.view(this.#readTo, headEnd));
    const size = head.varint();
    const start = headEnd - head.remaining;
    if (start + size > wholeTo) return undefined;
    const message = this.#bytes.view(start, start + size).slice();
    this.#readTo = start + size;
    this.#bytes.release(this.#readTo);
    return message;
  }

  get #wholeTo(): number {
    return this.#received.startOf(0) === 0 ? this.#received.endOf(0) : 0;
  }

  /** Whether bytes that are held already came again as they were (RFC 9000 §2.2). */
  #agrees(start: number, data: Uint8Array): boolean {
    const end = start + data.length;
    for (
      let i = this.#received.firstEndingAfter(start);
      i < this.#received.count && this.#received.startOf(i) < end;
      i++
    ) {
      const from = Math.max(start, this.#received.startOf(i));
      const to = Math.min(end, this.#received.endOf(i));
      const held = this.#bytes.view(from, to);
      if (!equalBytes(held, data.subarray(from - start, to - start))) return false;
    }
    return true;
  }

  /** Follows the lengths through what is whole; false at one that no message may have. */
  #checkHeads(): boolean {
    const wholeTo = this.#wholeTo;
    while (this.#headAt < wholeTo) {
      const headEnd = Math.min(this.#headAt + HEAD_BYTES_MAX, wholeTo);
      const head = new Reader(this.#bytes.view(this.#headAt, headEnd));
      const size = head.varint();
      if (!head.ok) return headEnd === wholeTo && headEnd - this.#headAt < HEAD_BYTES_MAX;
      if (size > MESSAGE_BYTES_MAX) return false;
      this.#headAt = headEnd - head.remaining + size;
    }
    return true;
  }
}
