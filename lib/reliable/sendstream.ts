import { varintSize, type Writer } from "../base/bytes.ts";
import { Ranges } from "../base/ranges.ts";
import { streamFrameOverhead, writeFrame } from "../wire/frames.ts";
import { CHANNEL_WINDOW_BYTES } from "../wire/limits.ts";
import { ByteWindow } from "./bytewindow.ts";
import type { StreamRange } from "./sent.ts";

/** What a channel keeps that the peer has not acknowledged: fifteen of the largest messages. */
export const SEND_BUFFER_BYTES = 2 ** 20;

/** What was sent and is not acknowledged, or not sent yet. */
interface Kept {
  readonly bytes: ByteWindow;
  /** Acknowledged above what all is acknowledged up to. */
  readonly acked: Ranges;
  /** To be sent again. */
  readonly lost: Ranges;
}

/**
 * The sending half of a channel: messages, each after its length, in one row of bytes. A byte is
 * kept until it is acknowledged, so that any range can be cut into frames again.
 */
export class SendStream {
  readonly #channel: number;
  /** Everything below is acknowledged. */
  #ackedTo = 0;
  /** Everything below was sent at least once. */
  #sentTo = 0;
  #end = 0;
  /** What the peer takes. */
  #limit = CHANNEL_WINDOW_BYTES;
  /** Undefined after a rest, until there is something to send. */
  #kept: Kept | undefined;

  constructor(channel: number) {
    this.#channel = channel;
  }

  get queuedBytes(): number {
    return this.#end - this.#ackedTo;
  }

  /** How much of the peer's window for the whole session was used. */
  get sentTo(): number {
    return this.#sentTo;
  }

  /** Whether anything may leave, where the whole session's window has `credit` bytes left. */
  hasPending(credit: number): boolean {
    if (this.#kept === undefined) return false;
    return this.#kept.lost.count > 0 || (credit > 0 && this.#sentTo < this.#newEnd);
  }

  /** False, and nothing queued, when SEND_BUFFER_BYTES would be exceeded. */
  push(message: Uint8Array): boolean {
    const size = varintSize(message.length) + message.length;
    if (this.queuedBytes + size > SEND_BUFFER_BYTES) return false;
    this.#kept ??= {
      bytes: new ByteWindow(this.#end),
      acked: new Ranges(),
      lost: new Ranges(),
    };
    this.#end = this.#kept.bytes.writeSized(this.#end, message);
    return true;
  }

  /** The peer takes everything below `limit`; one that was overtaken by a later says nothing. */
  onWindow(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /**
   * Writes one frame within `bytesMax` of the whole writer and returns what is in it. Lost bytes go
   * first: the messages after them wait for them.
   */
  writeFrame(writer: Writer, bytesMax: number, credit: number): StreamRange | undefined {
    if (this.#kept === undefined) return undefined;
    const { bytes, lost } = this.#kept;
    const isAgain = lost.count > 0;
    const start = isAgain ? lost.startOf(0) : this.#sentTo;
    const end = isAgain ? lost.endOf(0) : Math.min(this.#newEnd, start + credit);
    const room = Math.max(0, bytesMax - writer.length);
    const size = Math.min(end - start, room - streamFrameOverhead(start, room));
    if (size <= 0) return undefined;

    const range = { channel: this.#channel, start, end: start + size };
    const data = bytes.view(start, range.end);
    writeFrame(writer, { kind: "stream", channel: this.#channel, offset: start, data });
    if (isAgain) lost.remove(start, range.end);
    else this.#sentTo = range.end;
    return range;
  }

  /** Nothing is expected for a while: gives back what it need not hold. */
  rest(): void {
    if (this.queuedBytes === 0) this.#kept = undefined;
  }

  onAcked(start: number, end: number): void {
    if (this.#kept === undefined) return;
    const { bytes, acked, lost } = this.#kept;
    if (lost.count > 0) lost.remove(start, end);
    if (start > this.#ackedTo) {
      acked.add(start, end);
      return;
    }
    this.#ackedTo = Math.max(this.#ackedTo, end);
    if (acked.startOf(0) <= this.#ackedTo) {
      this.#ackedTo = Math.max(this.#ackedTo, acked.endOf(0));
      acked.remove(0, this.#ackedTo);
    }
    bytes.release(this.#ackedTo);
  }

  /** Whatever of the range is not acknowledged by now is sent again. */
  onLost(start: number, end: number): void {
    if (this.#kept === undefined) return;
    const { acked, lost } = this.#kept;
    lost.add(Math.max(start, this.#ackedTo), end);
    for (let i = acked.firstEndingAfter(start); acked.startOf(i) < end; i++) {
      lost.remove(acked.startOf(i), acked.endOf(i));
    }
  }

  /** Whether any of the range is not acknowledged. */
  isMissed(start: number, end: number): boolean {
    const from = Math.max(start, this.#ackedTo);
    if (this.#kept === undefined || from >= end) return false;
    const { acked } = this.#kept;
    const covering = acked.firstEndingAfter(from);
    return !(acked.startOf(covering) <= from && acked.endOf(covering) >= end);
  }

  get #newEnd(): number {
    return Math.min(this.#end, this.#limit);
  }
}
