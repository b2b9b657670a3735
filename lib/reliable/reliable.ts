import { assert } from "../base/assert.ts";
import { Writer } from "../base/bytes.ts";
import { CHANNELS_MAX } from "../wire/channels.ts";
import { type AckFrame, type Frame, isAckEliciting, writeFrame } from "../wire/frames.ts";
import { Acks } from "./acks.ts";
import { Assembler, type DataResult } from "./assembler.ts";
import { Sender } from "./sender.ts";

export interface ChannelMessage {
  readonly channel: number;
  readonly message: Uint8Array;
}

/**
 * One session's reliability in the manner of RFC 9000 and 9002, without its cryptography: every
 * message arrives once and in the order of its channel. The caller drains `pollMessage` after every
 * packet and `pollPacket` at the end of every turn. Sizes in bytes, times in ms.
 */
export class Reliable {
  readonly #acks = new Acks();
  /** By channel; made when first used. */
  readonly #assemblers: (Assembler | undefined)[] = [];
  readonly #sender: Sender;
  /** Every packet number below was used, by this machine or by the caller. */
  #nextNumber = 0;

  constructor(now: number) {
    this.#sender = new Sender(now);
  }

  /** Smoothed round trip, undefined before the first measurement. */
  get rttMs(): number | undefined {
    return this.#sender.rtt.isMeasured ? this.#sender.rtt.smoothedMs : undefined;
  }

  /** Probe timeouts in a row without any acknowledgement. */
  get probeTimeouts(): number {
    return this.#sender.probeTimeouts;
  }

  /** When the oldest packet was sent that awaits its acknowledgement; Infinity if none does. */
  get unacknowledgedSince(): number {
    return this.#sender.unacknowledgedSinceMs;
  }

  /** The handshake's round trip counts as the first measurement. */
  seedRtt(ms: number): void {
    this.#sender.rtt.onSample(ms, 0);
  }

  /**
   * Queues a message; false, and nothing queued, when the channel would hold more than
   * SEND_BUFFER_BYTES or the message is over MESSAGE_BYTES_MAX.
   */
  send(channel: number, message: Uint8Array): boolean {
    return this.#sender.send(channel, message);
  }

  /** Bytes of a channel that the peer has not acknowledged, sent or not. */
  queuedBytes(channel: number): number {
    return this.#sender.queuedBytes(channel);
  }

  /** Asks that the next packet be one which the peer acknowledges. */
  ping(): void {
    this.#sender.ping();
  }

  /**
   * Takes the frames of a packet that was authenticated and is no replay. Frames of kinds other
   * than ping, ack and stream are the caller's. After a violation the session must close.
   */
  handlePacket(now: number, packetNumber: number, frames: readonly Frame[]): "ok" | "violation" {
    let isEliciting = false;
    let isRefused = false;
    for (const frame of frames) {
      isEliciting ||= isAckEliciting(frame);
      const result = this.#handleFrame(now, frame);
      if (result === "violation") return "violation";
      isRefused ||= result === "refused";
    }
    // A packet that is not acknowledged comes again.
    if (!isRefused) this.#acks.onReceived(now, packetNumber, isEliciting);
    return "ok";
  }

  /** The next message, each channel in its own order, lower channels first. */
  pollMessage(): ChannelMessage | undefined {
    for (let channel = 0; channel < this.#assemblers.length; channel++) {
      const message = this.#assemblers[channel]?.pollMessage();
      if (message !== undefined) return { channel, message };
    }
    return undefined;
  }

  /**
   * The frames of the next packet to send now, at most `bytesMax`, which the caller seals under
   * `packetNumber`; undefined when there is nothing to send or the window is full. Numbers grow.
   */
  pollPacket(now: number, packetNumber: number, bytesMax: number): Uint8Array | undefined {
    assert(packetNumber >= this.#nextNumber, "packet numbers grow");
    this.#nextNumber = packetNumber;
    const isReady = this.#sender.isReady(bytesMax);
    if (!isReady && !this.#acks.isDue) return undefined;

    const writer = new Writer(bytesMax);
    const ack = this.#acks.isDue ? this.#acks.takeFrame(now, bytesMax) : undefined;
    if (ack !== undefined) writeFrame(writer, ack);
    const acknowledges = ack?.ranges[0]?.last ?? -1;
    if (isReady) this.#sender.writeFrames(now, packetNumber, writer, bytesMax, acknowledges);
    if (writer.length === 0) return undefined;
    this.#nextNumber = packetNumber + 1;
    return writer.finish();
  }

  /** The caller sent a packet of its own under this number, which the peer may acknowledge. */
  onNumberUsed(packetNumber: number): void {
    this.#nextNumber = Math.max(this.#nextNumber, packetNumber + 1);
  }

  handleTimeout(now: number): void {
    this.#sender.handleTimeout(now);
  }

  /** When `handleTimeout` is due, Infinity when nothing is in flight. */
  pollTimeout(): number {
    return this.#sender.dueAtMs;
  }

  /** Forgets what was measured of the old path and sends at once what was under way on it. */
  onPathChanged(_now: number): void {
    this.#sender.onPathChanged();
  }

  #handleFrame(now: number, frame: Frame): DataResult {
    switch (frame.kind) {
      case "ack":
        return this.#handleAck(now, frame);
      case "stream":
        if (frame.channel >= CHANNELS_MAX) return "violation";
        this.#assemblers[frame.channel] ??= new Assembler();
        return this.#assemblers[frame.channel]?.handleData(frame.offset, frame.data) ?? "ok";
      case "ping":
      case "datagram":
      case "close":
      case "path-challenge":
      case "path-response":
        return "ok";
      default:
        return frame satisfies never;
    }
  }

  #handleAck(now: number, frame: AckFrame): DataResult {
    if ((frame.ranges[0]?.last ?? 0) >= this.#nextNumber) return "violation";
    this.#sender.handleAck(now, frame);
    this.#acks.forget(this.#sender.acknowledgedTo);
    return "ok";
  }
}
