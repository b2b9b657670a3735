import { assert } from "../base/assert.ts";
import type { Writer } from "../base/bytes.ts";
import { BULK_CHANNEL, CHANNELS_MAX } from "../wire/channels.ts";
import { type WindowFrame, WHOLE_SESSION } from "../wire/frames.ts";
import { MESSAGE_BYTES_MAX, SESSION_WINDOW_BYTES } from "../wire/limits.ts";
import { SEND_BUFFER_BYTES, SendStream } from "./sendstream.ts";
import type { StreamRange } from "./sent.ts";
import { Unreliables } from "./unreliables.ts";

const NO_RANGES: readonly StreamRange[] = [];

/**
 * What waits to be sent, and what of it leaves first: lower channels before higher ones, and what
 * ages before bulk.
 */
export class Outgoing {
  /** By channel; made when first used, because most sessions use one. */
  readonly #streams: (SendStream | undefined)[] = [];
  #unreliables: Unreliables | undefined;
  /** How much of all streams together the peer takes, and has been sent. */
  #limit = SESSION_WINDOW_BYTES;
  #sent = 0;
  /** Channels that refused a message, a bit for each. */
  #refused = 0;

  queuedBytes(channel: number): number {
    return this.#streams[channel]?.queuedBytes ?? 0;
  }

  /** False, and nothing queued, where SEND_BUFFER_BYTES or MESSAGE_BYTES_MAX is exceeded. */
  send(channel: number, message: Uint8Array): boolean {
    assert(channel >= 0 && channel < CHANNELS_MAX, "a message goes to a channel that exists");
    if (message.length > MESSAGE_BYTES_MAX) return false;
    const isQueued = (this.#streams[channel] ??= new SendStream(channel)).push(message);
    if (!isQueued) this.#refused |= 1 << channel;
    return isQueued;
  }

  sendUnreliable(data: Uint8Array): boolean {
    this.#unreliables ??= new Unreliables();
    return this.#unreliables.push(data);
  }

  /** A channel that refused a message and has half of its buffer free again; told once. */
  pollWritable(): number | undefined {
    if (this.#refused === 0) return undefined;
    for (let channel = 0; channel < CHANNELS_MAX; channel++) {
      const isRefused = (this.#refused & (1 << channel)) !== 0;
      if (!isRefused || this.queuedBytes(channel) > SEND_BUFFER_BYTES / 2) continue;
      this.#refused &= ~(1 << channel);
      return channel;
    }
    return undefined;
  }

  get hasPending(): boolean {
    if (this.#unreliables?.isEmpty === false) return true;
    const credit = this.#limit - this.#sent;
    for (const stream of this.#streams) if (stream?.hasPending(credit) === true) return true;
    return false;
  }

  onWindow({ scope, limit }: WindowFrame): "ok" | "violation" {
    if (scope === WHOLE_SESSION) this.#limit = Math.max(this.#limit, limit);
    else if (scope >= CHANNELS_MAX) return "violation";
    else (this.#streams[scope] ??= new SendStream(scope)).onWindow(limit);
    return "ok";
  }

  /** Fills the writer up to `bytesMax`, and returns what of the streams is in it. */
  writeFrames(writer: Writer, bytesMax: number): readonly StreamRange[] {
    let ranges: StreamRange[] | undefined;
    for (let channel = 0; channel < CHANNELS_MAX; channel++) {
      if (channel === BULK_CHANNEL) this.#unreliables?.writeFrames(writer, bytesMax);
      const stream = this.#streams[channel];
      if (stream === undefined) continue;
      for (;;) {
        const before = stream.sentTo;
        const range = stream.writeFrame(writer, bytesMax, this.#limit - this.#sent);
        if (range === undefined) break;
        this.#sent += stream.sentTo - before;
        ranges ??= [];
        ranges.push(range);
      }
    }
    return ranges ?? NO_RANGES;
  }

  rest(): void {
    for (const stream of this.#streams) stream?.rest();
  }

  onAcked({ channel, start, end }: StreamRange): void {
    this.#streams[channel]?.onAcked(start, end);
  }

  onLost({ channel, start, end }: StreamRange): void {
    this.#streams[channel]?.onLost(start, end);
  }

  /** Whether the peer lacks any of it. */
  isMissed({ channel, start, end }: StreamRange): boolean {
    return this.#streams[channel]?.isMissed(start, end) === true;
  }
}
