import { Writer } from "../base/bytes.ts";
import { Reliable } from "../reliable/reliable.ts";
import { decodeFrames, type Frame, padFrames, writeFrame } from "../wire/frames.ts";
import { OLD_KEY_MS, REKEY_PACKETS, TRANSPORT_BYTES_MIN } from "../wire/limits.ts";
import { encodePacket, TRANSPORT_HEADER_BYTES } from "../wire/packet.ts";
import { TAG_BYTES } from "../crypto/primitives.ts";
import { Epoch, type EpochOptions } from "./epoch.ts";

const FRAMES_BYTES_MIN = TRANSPORT_BYTES_MIN - TRANSPORT_HEADER_BYTES - TAG_BYTES;

/** Why a session ended. PROTOCOL.md §5. */
export const CLOSE_CODES = {
  done: 0,
  violation: 1,
  replaced: 2,
  refused: 3,
  worn: 4,
  overflow: 5,
} as const;

export type SessionEvent =
  | { readonly kind: "message"; readonly channel: number; readonly message: Uint8Array }
  | { readonly kind: "path-challenge"; readonly data: Uint8Array }
  | { readonly kind: "path-response"; readonly data: Uint8Array }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** These keys open nothing any more: their index is free. */
  | { readonly kind: "retired"; readonly localIndex: number };

/**
 * The encrypted conversation with one node: keys over reliability. It knows no address: its parent
 * sends what `pollPacket` returns to where the peer is, and path probes to where it may be.
 */
export class Session {
  /** The same on both sides for as long as the session lives. */
  readonly id: Uint8Array;
  readonly #reliable: Reliable;
  #epoch: Epoch;
  #old: { readonly epoch: Epoch; readonly untilMs: number } | undefined;
  #events: SessionEvent[] = [];
  #step: "open" | "closing" | "closed" = "open";
  #closing: Extract<Frame, { kind: "close" }> | undefined;
  #lastRttMs: number | undefined;

  constructor(id: Uint8Array, options: EpochOptions, rttMs: number | undefined) {
    this.id = id;
    this.#epoch = new Epoch(options);
    this.#reliable = new Reliable(options.now);
    if (rttMs !== undefined) this.#reliable.seedRtt(rttMs);
  }

  get epoch(): number {
    return this.#epoch.number;
  }

  /** What the peer may put before its packets now. */
  get localIndices(): readonly number[] {
    const { localIndex } = this.#epoch;
    return this.#old === undefined ? [localIndex] : [localIndex, this.#old.epoch.localIndex];
  }

  /** Of the path before, until it is measured anew. */
  get rttMs(): number | undefined {
    return this.#reliable.rttMs ?? this.#lastRttMs;
  }

  get isOpen(): boolean {
    return this.#step === "open";
  }

  /** When the oldest packet that wants an answer left, Infinity if none does. */
  get unacknowledgedSince(): number {
    return this.#reliable.unacknowledgedSince;
  }

  /** Goes over to new keys; the old ones still open what is under way, for `OLD_KEY_MS`. */
  renew(options: EpochOptions): void {
    if (this.#old !== undefined) this.#retire(this.#old.epoch);
    this.#old = { epoch: this.#epoch, untilMs: options.now + OLD_KEY_MS };
    this.#epoch = new Epoch(options);
  }

  /** Whether the keys sealed so much that they are to be renewed before their time. */
  get isWellUsed(): boolean {
    return this.#epoch.sealed >= REKEY_PACKETS;
  }

  /** False, and nothing queued, when the channel's buffer is full or the session not open. */
  send(channel: number, message: Uint8Array): boolean {
    return this.#step === "open" && this.#reliable.send(channel, message);
  }

  /** Bytes of a channel that the peer has not acknowledged, sent or not. */
  queuedBytes(channel: number): number {
    return this.#reliable.queuedBytes(channel);
  }

  /** Asks the peer for a sign of life. */
  ping(): void {
    this.#reliable.ping();
  }

  onPathChanged(now: number): void {
    this.#lastRttMs = this.rttMs;
    this.#reliable.onPathChanged(now);
  }

  /** Tells the peer once, after what the window still takes, and is over when that was polled. */
  close(code: number, reason: string): void {
    if (this.#step !== "open") return;
    this.#step = "closing";
    this.#closing = { kind: "close", code, reason };
  }

  /**
   * Undefined for what the peer did not send just so; else whether where it came from is where the
   * peer is: its latest packet is, unless it merely probes a path (RFC 9000 §9.1).
   */
  receive(
    now: number,
    localIndex: number,
    counter: number,
    sealed: Uint8Array,
  ): { readonly isWhereItIs: boolean } | undefined {
    const epoch = this.#epochOf(localIndex);
    const opened = epoch?.open(counter, sealed);
    if (epoch === undefined || opened === undefined || this.#step === "closed") return undefined;
    const frames = decodeFrames(opened.plaintext);
    if (frames === undefined) this.close(CLOSE_CODES.violation, "malformed frames");
    else this.#handleFrames(now, epoch.packetNumber(counter), frames);
    const isLatest = opened.isHighest && epoch === this.#epoch;
    return { isWhereItIs: isLatest && !isProbe(frames) };
  }

  /**
   * A datagram outside the reliable order: with one frame for a path that is tried, or with none to
   * keep one alive. Undefined when the keys are worn.
   */
  sealProbe(frame: Frame | undefined): Uint8Array | undefined {
    if (this.#epoch.isWornOut || this.#step === "closed") return undefined;
    const writer = new Writer(32);
    if (frame !== undefined) writeFrame(writer, frame);
    this.#reliable.onNumberUsed(this.#epoch.nextPacketNumber);
    return this.#seal(writer.finish());
  }

  /** The next datagram for the peer, of at most `bytesMax`. */
  pollPacket(now: number, bytesMax: number): Uint8Array | undefined {
    if (this.#step === "closed") return undefined;
    if (this.#epoch.isWornOut) {
      this.#end(CLOSE_CODES.worn, "the keys are worn out");
      return undefined;
    }
    const packet = this.#pollReliable(now, bytesMax);
    if (packet !== undefined) return packet;
    if (this.#closing !== undefined) {
      const writer = new Writer();
      writeFrame(writer, this.#closing);
      this.#reliable.onNumberUsed(this.#epoch.nextPacketNumber);
      this.#end(this.#closing.code, this.#closing.reason);
      return this.#seal(writer.finish());
    }
    return undefined;
  }

  /** What was heard, messages first: a close never overtakes what came before it. */
  pollEvent(): SessionEvent | undefined {
    const message = this.#reliable.pollMessage();
    return message === undefined ? this.#events.shift() : { kind: "message", ...message };
  }

  handleTimeout(now: number): void {
    if (this.#old !== undefined && now >= this.#old.untilMs) {
      this.#retire(this.#old.epoch);
      this.#old = undefined;
    }
    this.#reliable.handleTimeout(now);
  }

  pollTimeout(): number {
    if (this.#step !== "open") return Infinity;
    return Math.min(this.#reliable.pollTimeout(), this.#old?.untilMs ?? Infinity);
  }

  /** Overwrites the keys. Nothing may be asked of the session afterwards. */
  wipe(): void {
    this.#step = "closed";
    this.#epoch.wipe();
    this.#old?.epoch.wipe();
  }

  #pollReliable(now: number, bytesMax: number): Uint8Array | undefined {
    if (this.#closing?.code === CLOSE_CODES.violation) return undefined;
    const room = bytesMax - TRANSPORT_HEADER_BYTES - TAG_BYTES;
    const plaintext = this.#reliable.pollPacket(now, this.#epoch.nextPacketNumber, room);
    return plaintext === undefined ? undefined : this.#seal(plaintext);
  }

  #handleFrames(now: number, packetNumber: number, frames: readonly Frame[]): void {
    if (this.#reliable.handlePacket(now, packetNumber, frames) === "violation") {
      this.close(CLOSE_CODES.violation, "broken reliability rules");
      return;
    }
    for (const frame of frames) {
      switch (frame.kind) {
        case "path-challenge":
        case "path-response":
          this.#events.push(frame);
          break;
        case "close":
          this.#end(frame.code, frame.reason);
          break;
        case "ping":
        case "ack":
        case "stream":
        case "datagram":
          break;
        default:
          frame satisfies never;
      }
    }
  }

  #end(code: number, reason: string): void {
    this.#step = "closed";
    this.#events.push({ kind: "closed", code, reason });
  }

  #epochOf(localIndex: number): Epoch | undefined {
    if (localIndex === this.#epoch.localIndex) return this.#epoch;
    return this.#old?.epoch.localIndex === localIndex ? this.#old.epoch : undefined;
  }

  #retire(epoch: Epoch): void {
    epoch.wipe();
    this.#events.push({ kind: "retired", localIndex: epoch.localIndex });
  }

  #seal(plaintext: Uint8Array): Uint8Array {
    const { counter, sealed } = this.#epoch.seal(padFrames(plaintext, FRAMES_BYTES_MIN));
    return encodePacket({ kind: "transport", receiver: this.#epoch.remoteIndex, counter, sealed });
  }
}

/** A packet without any frame keeps a path alive: it is none. */
function isProbe(frames: readonly Frame[] = []): boolean {
  if (frames.length === 0) return false;
  return frames.every(({ kind }) => kind === "path-challenge" || kind === "path-response");
}
