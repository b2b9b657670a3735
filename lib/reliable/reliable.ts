import { assert } from "../base/assert.ts";
import { NO_BYTES, Writer } from "../base/bytes.ts";
import {
  type AckFrame,
  type Frame,
  isAckEliciting,
  PING_BYTES,
  writeFrame,
} from "../wire/frames.ts";
import { type AckWish, Acks } from "./acks.ts";
import type { DataResult } from "./assembler.ts";
import type { CongestionController } from "./congestion.ts";
import { Cubic } from "./cubic.ts";
import { Outgoing } from "./outgoing.ts";
import { type ChannelMessages, Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";

export interface ReliableOptions {
  readonly now: number;
  /** No datagram is ever larger, whatever the path carries. */
  readonly datagramBytesMax: number;
  /** CUBIC where none is given. */
  readonly congestion?: ((datagramBytes: number) => CongestionController) | undefined;
}

/**
 * One session's reliability in the manner of RFC 9000 and 9002, without its cryptography: every
 * message arrives once and in the order of its channel. The caller drains `pollMessages` after
 * every packet and `pollPacket` at the end of every turn. Sizes in bytes, times in ms.
 */
export class Reliable {
  readonly #acks = new Acks();
  readonly #receiver = new Receiver();
  readonly #outgoing = new Outgoing();
  readonly #sender: Sender;
  /** Every packet number below was used, by this machine or by the caller. */
  #nextNumber = 0;
  /** Where packets are put together, one after another. */
  #scratch = NO_BYTES;
  #now: number;

  constructor({ now, datagramBytesMax, congestion }: ReliableOptions) {
    this.#now = now;
    const options = { now, datagramBytesMax, congestion: congestion ?? cubic };
    this.#sender = new Sender(this.#outgoing, options);
  }

  /** Smoothed round trip, undefined before the first measurement. */
  get rttMs(): number | undefined {
    return this.#sender.rtt.isMeasured ? this.#sender.rtt.smoothedMs : undefined;
  }

  get congestion(): CongestionController {
    return this.#sender.congestion;
  }

  get inFlightBytes(): number {
    return this.#sender.inFlightBytes;
  }

  /** How many bytes of frames one packet takes on this path. */
  get frameBytesMax(): number {
    return this.#sender.frameBytesMax;
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
    return this.#outgoing.send(channel, message);
  }

  /** Sends once what ages; false, and nothing queued, for more than UNRELIABLE_BYTES_MAX. */
  sendUnreliable(data: Uint8Array): boolean {
    return this.#outgoing.sendUnreliable(data);
  }

  /** Bytes of a channel that the peer has not acknowledged, sent or not. */
  queuedBytes(channel: number): number {
    return this.#outgoing.queuedBytes(channel);
  }

  /** Asks that the next packet be one which the peer acknowledges at once. */
  ping(): void {
    this.#sender.ping();
  }

  /** A paused channel's messages wait, and the peer is stopped before they exceed its window. */
  setPaused(channel: number, isPaused: boolean): void {
    this.#receiver.setPaused(channel, isPaused);
  }

  /**
   * Takes the frames of a packet that was authenticated and is no replay. Frames of kinds other
   * than ping, ack, stream and window are the caller's. After a violation the session must close.
   */
  handlePacket(now: number, packetNumber: number, frames: readonly Frame[]): "ok" | "violation" {
    this.#now = now;
    let wish: AckWish = "none";
    let isRefused = false;
    for (const frame of frames) {
      if (frame.kind === "ping") wish = "now";
      else if (wish === "none" && isAckEliciting(frame)) wish = "later";
      const result = this.#handleFrame(now, frame);
      if (result === "violation") return "violation";
      isRefused ||= result === "refused";
    }
    // A packet that is not acknowledged comes again.
    if (!isRefused) this.#acks.onReceived(now, packetNumber, wish);
    return "ok";
  }

  /** The next whole messages of one channel in their order, lower channels first. */
  pollMessages(): ChannelMessages | undefined {
    const { isMeasured, minMs } = this.#sender.rtt;
    return this.#receiver.pollMessages(this.#now, isMeasured ? minMs : 0);
  }

  /** A channel that refused a message and has half of its buffer free again; told once. */
  pollWritable(): number | undefined {
    return this.#outgoing.pollWritable();
  }

  /**
   * The frames of the next packet to send now, which the caller seals under `packetNumber` before
   * it asks for another, with `reserved` bytes of its own; undefined when there is nothing to send
   * or it must wait. Numbers grow.
   */
  pollPacket(now: number, packetNumber: number, reserved = 0): Uint8Array | undefined {
    assert(packetNumber >= this.#nextNumber, "packet numbers grow");
    this.#nextNumber = packetNumber;
    const packet = this.#pollFrames(now, packetNumber, reserved);
    if (packet !== undefined) this.#nextNumber = packetNumber + 1;
    return packet;
  }

  /** The caller sent a packet of its own under this number, which the peer may acknowledge. */
  onNumberUsed(packetNumber: number): void {
    this.#nextNumber = Math.max(this.#nextNumber, packetNumber + 1);
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.#sender.handleTimeout(now);
    this.#receiver.onWindowsLost(this.#sender.takeLostWindows());
  }

  /** When `handleTimeout` is due, and then another `pollPacket`; Infinity when nothing is. */
  pollTimeout(): number {
    return Math.min(this.#sender.dueAtMs, this.#acks.dueAtMs);
  }

  /** No datagram of the path that is in use, or about to be, may be larger. */
  setDatagramBytesMax(bytes: number): void {
    this.#sender.setDatagramBytesMax(bytes);
  }

  /** When the newest packet left that the peer has acknowledged; −Infinity before the first. */
  get acknowledgedSentAtMs(): number {
    return this.#sender.acknowledgedSentAtMs;
  }

  /** There is hope that the peer is reached again: what waits for its timer is tried at once. */
  probe(now: number): void {
    this.#sender.probe(now);
  }

  /** Forgets what was measured of the old path and sends at once what was under way on it. */
  onPathChanged(): void {
    this.#sender.onPathChanged();
    this.#acks.repeat(this.#now);
    this.#receiver.onWindowsLost(this.#sender.takeLostWindows());
  }

  /** Nothing is expected for a while: gives back what need not be held. */
  rest(): void {
    this.#scratch = NO_BYTES;
    this.#receiver.rest();
    this.#outgoing.rest();
    this.#sender.rest();
  }

  /** The system refused to send a packet for its size. */
  onTooBig(now: number): void {
    this.#sender.onTooBig(now);
  }

  #pollFrames(now: number, number: number, reserved: number): Uint8Array | undefined {
    // First, because a sender that fills its window has no other time for it.
    const probe = this.#sender.pollMtuProbe(now, number);
    if (probe !== undefined) return probe;
    const isReady = this.#sender.isReady(now, this.#receiver.hasWindows);
    if (!isReady && now < this.#acks.dueAtMs) return undefined;

    const bytesMax = this.#sender.frameBytesMax - reserved;
    if (isReady && this.#scratch.length < bytesMax) this.#scratch = new Uint8Array(bytesMax);
    const writer = new Writer(isReady ? this.#scratch : ACK_BYTES);
    const room = bytesMax - PING_BYTES;
    const ack = this.#acks.isWanted ? this.#acks.takeFrame(now, room) : undefined;
    if (ack !== undefined) writeFrame(writer, ack);
    const acknowledges = ack?.ranges[0]?.last ?? -1;
    if (isReady) {
      const windows = this.#receiver.writeWindows(writer, room);
      this.#sender.writeFrames(now, writer, bytesMax, { number, acknowledges, windows });
    }
    return writer.length === 0 ? undefined : writer.finish();
  }

  #handleFrame(now: number, frame: Frame): DataResult {
    switch (frame.kind) {
      case "ack":
        return this.#handleAck(now, frame);
      case "stream":
        return this.#receiver.handleStream(frame);
      case "window":
        return this.#outgoing.onWindow(frame);
      case "ping":
      case "datagram":
      case "close":
      case "path-challenge":
      case "path-response":
      case "word":
        return "ok";
      default:
        return frame satisfies never;
    }
  }

  #handleAck(now: number, frame: AckFrame): DataResult {
    if ((frame.ranges[0]?.last ?? 0) >= this.#nextNumber) return "violation";
    this.#sender.handleAck(now, frame);
    this.#receiver.onWindowsLost(this.#sender.takeLostWindows());
    this.#acks.forget(this.#sender.acknowledgedTo);
    return "ok";
  }
}

/** For an acknowledgement by itself, such as a session at rest sends; a longer one grows it. */
const ACK_BYTES = 64;

function cubic(datagramBytes: number): CongestionController {
  return new Cubic(datagramBytes);
}
