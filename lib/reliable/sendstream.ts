import { Writer, varintSize } from "../base/bytes.ts";
import { Ranges } from "../base/ranges.ts";
import { streamFrameOverhead, writeFrame } from "../wire/frames.ts";
import { RECEIVE_WINDOW_BYTES } from "../wire/limits.ts";
import { ByteWindow } from "./bytewindow.ts";
import type { StreamRange } from "./sent.ts";

/** What a channel keeps that the peer has not acknowledged: fifteen of the largest messages. */
export const SEND_BUFFER_BYTES = 2 ** 20;

/**
 * The sending half of a channel: messages, each after its length, in one row of bytes. A byte is
 * kept until it is acknowledged, so that any range can be cut into frames again.
 */
export class SendStream {
  readonly #channel: number;
  readonly #bytes = new ByteWindow();
  /** Everything below is acknowledged. */
  #ackedTo = 0;
  /** Everything below was sent at least once. */
  #sentTo = 0;
  #end = 0;
  /** Acknowledged above `#ackedTo`. */
  readonly #acked = new Ranges();
  /** To be sent again. */
  readonly #lost = new Ranges();

  constructor(channel: number) {
    this.#channel = channel;
  }

  get queuedBytes(): number {
    return this.#end - this.#ackedTo;
  }

  get hasPending(): boolean {
    return this.#lost.count > 0 || this.#sentTo < this.#newEnd;
  }

  /** False, and nothing queued, when SEND_BUFFER_BYTES would be exceeded. */
  push(message: Uint8Array): boolean {
    const headBytes = varintSize(message.length);
    if (this.queuedBytes + headBytes + message.length > SEND_BUFFER_BYTES) return false;
    const head = new Writer(headBytes).varint(message.length).finish();
    this.#bytes.write(this.#end, head);
    this.#bytes.write(this.#end + headBytes, message);
    this.#end += headBytes + message.length;
    return true;
  }

  /**
   * Writes one frame within `bytesMax` of the whole writer and returns what is in it. Lost bytes go
   * first: the messages after them wait for them.
   */
  writeFrame(writer: Writer, bytesMax: number): StreamRange | undefined {
    const isAgain = this.#lost.count > 0;
    const start = isAgain ? this.#lost.startOf(0) : this.#sentTo;
    const available = (isAgain ? this.#lost.endOf(0) : this.#newEnd) - start;
    const room = bytesMax - writer.length;
    const size = Math.min(available, room - streamFrameOverhead(start, Math.max(0, room)));
    if (size <= 0) return undefined;

    const range = { channel: this.#channel, start, end: start + size };
    const data = this.#bytes.view(start, range.end);
    writeFrame(writer, { kind: "stream", channel: this.#channel, offset: start, data });
    if (isAgain) this.#lost.remove(start, range.end);
    else this.#sentTo = range.end;
    return range;
  }

  onAcked(start: number, end: number): void {
    this.#lost.remove(start, end);
    this.#acked.add(Math.max(start, this.#ackedTo), end);
    if (this.#acked.startOf(0) > this.#ackedTo) return;
    this.#ackedTo = this.#acked.endOf(0);
    this.#acked.remove(this.#acked.startOf(0), this.#ackedTo);
    this.#bytes.release(this.#ackedTo);
  }

  /** Whatever of the range is not acknowledged by now is sent again. */
  onLost(start: number, end: number): void {
    this.#lost.add(Math.max(start, this.#ackedTo), end);
    for (
      let i = this.#acked.firstEndingAfter(start);
      i < this.#acked.count && this.#acked.startOf(i) < end;
      i++
    ) {
      this.#lost.remove(this.#acked.startOf(i), this.#acked.endOf(i));
    }
  }

  /** Whether any of the range is not acknowledged. */
  isMissed(start: number, end: number): boolean {
    const from = Math.max(start, this.#ackedTo);
    const covering = this.#acked.firstEndingAfter(from);
    return (
      from < end && !(this.#acked.startOf(covering) <= from && this.#acked.endOf(covering) >= end)
    );
  }

  /** The peer takes no more than this beyond what it has whole, and it has all it acknowledged. */
  get #newEnd(): number {
    return Math.min(this.#end, this.#ackedTo + RECEIVE_WINDOW_BYTES);
  }
}
