import { type StreamFrame, WHOLE_SESSION, writeFrame } from "../wire/frames.ts";
import type { Writer } from "../base/bytes.ts";
import { CHANNELS_MAX } from "../wire/channels.ts";
import { CHANNEL_WINDOW_BYTES } from "../wire/limits.ts";
import { Assembler, type DataResult } from "./assembler.ts";
import { ReceiveWindow } from "./receivewindow.ts";
import { SessionWindow } from "./sessionwindow.ts";

/**
 * Windows grow to this where a path is long: 1.5 MiB in a round trip of 200 ms are 8 MB/s. All that
 * a peer can make us hold is the session's window, twice at the worst while it is moved.
 */
export const CHANNEL_WINDOW_BYTES_MAX = 3 * 2 ** 19;

/** Kind, length, scope and the longest limit. */
const WINDOW_FRAME_BYTES = 11;

/** The bit of the whole session among the windows a packet tells of; channels have the lower. */
const SESSION_BIT = 1 << CHANNELS_MAX;

/** Messages of one channel in their order. They are good for as long as they are kept. */
export interface ChannelMessages {
  readonly kind: "messages";
  readonly channel: number;
  readonly messages: readonly Uint8Array[];
}

interface Channel {
  readonly assembler: Assembler;
  readonly window: ReceiveWindow;
  /** What of the stream the windows know to be taken. */
  takenTo: number;
  isPaused: boolean;
}

/** The receiving half of a session: its channels, and how much each may bring. RFC 9000 §4 */
export class Receiver {
  /** By number; made when first used, because most sessions use one. */
  readonly #channels: (Channel | undefined)[] = [];
  readonly #window = new SessionWindow();
  /** Bytes that came on all channels, gaps included. */
  #reach = 0;

  handleStream({ channel: number, offset, data }: StreamFrame): DataResult {
    if (number >= CHANNELS_MAX) return "violation";
    const { assembler, window } = this.#channel(number);
    const before = assembler.reach;
    const end = offset + data.length;
    const more = Math.max(0, end - before);
    if (end > window.limit || this.#reach + more > this.#window.limit) return "violation";
    const result = assembler.handleData(offset, data);
    this.#reach += assembler.reach - before;
    return result;
  }

  /** All whole messages of the lowest channel that has any and is not paused. */
  pollMessages(now: number, rttMs: number): ChannelMessages | undefined {
    for (let number = 0; number < this.#channels.length; number++) {
      const channel = this.#channels[number];
      if (channel === undefined || channel.isPaused) continue;
      const messages = channel.assembler.pollMessages();
      if (messages === undefined) continue;
      const taken = channel.assembler.takenTo - channel.takenTo;
      channel.takenTo += taken;
      channel.window.onTaken(now, taken, rttMs);
      this.#window.onTaken(taken, this.#reach, channel.window);
      return { kind: "messages", channel: number, messages };
    }
    return undefined;
  }

  /** A paused channel's messages wait, and its window closes, which stops the peer. */
  setPaused(number: number, isPaused: boolean): void {
    this.#channel(number).isPaused = isPaused;
  }

  rest(): void {
    for (const channel of this.#channels) channel?.assembler.rest();
  }

  get hasWindows(): boolean {
    if (this.#window.isDue) return true;
    for (const channel of this.#channels) if (channel?.window.isDue === true) return true;
    return false;
  }

  /** Writes what the peer is to be told of windows, within `bytesMax` of the whole writer. */
  writeWindows(writer: Writer, bytesMax: number): number {
    let windows = 0;
    for (let number = 0; number <= this.#channels.length; number++) {
      const isSession = number === this.#channels.length;
      const window = isSession ? this.#window : this.#channels[number]?.window;
      if (window?.isDue !== true || writer.length + WINDOW_FRAME_BYTES > bytesMax) continue;
      const scope = isSession ? WHOLE_SESSION : number;
      writeFrame(writer, { kind: "window", scope, limit: window.limit });
      window.onSent();
      windows |= isSession ? SESSION_BIT : 1 << number;
    }
    return windows;
  }

  /** A packet that told of these windows was lost. */
  onWindowsLost(windows: number): void {
    if (windows === 0) return;
    if ((windows & SESSION_BIT) !== 0) this.#window.onLost();
    for (const [number, channel] of this.#channels.entries()) {
      if ((windows & (1 << number)) !== 0) channel?.window.onLost();
    }
  }

  #channel(number: number): Channel {
    return (this.#channels[number] ??= {
      assembler: new Assembler(),
      window: new ReceiveWindow(CHANNEL_WINDOW_BYTES, CHANNEL_WINDOW_BYTES_MAX),
      takenTo: 0,
      isPaused: false,
    });
  }
}
