import { concatBytes, Writer } from "../base/bytes.ts";
import { Queue } from "../base/queue.ts";
import { Reliable } from "../reliable/reliable.ts";
import type { ChannelMessages } from "../reliable/receiver.ts";
import {
  decodeFrames,
  type Frame,
  padFrames,
  PATH_DATA_BYTES,
  writeFrame,
} from "../wire/frames.ts";
import { SESSION_ID_BYTES } from "../wire/handshake.ts";
import {
  OLD_KEY_MS,
  REKEY_PACKETS,
  TRANSPORT_BYTES_MIN,
  UNRELIABLE_BYTES_MAX,
} from "../wire/limits.ts";
import { TRANSPORT_OVERHEAD_BYTES } from "../wire/packet.ts";
import { Epoch, type EpochOptions } from "./epoch.ts";

/** A path-response. */
const PROOF_BYTES = 2 + PATH_DATA_BYTES;

/** Why a session ended. PROTOCOL.md §5. */
export const CLOSE_CODES = {
  done: 0,
  violation: 1,
  replaced: 2,
  refused: 3,
  worn: 4,
  overflow: 5,
  superseded: 6,
} as const;

export type SessionEvent =
  | ChannelMessages
  /** A channel that refused a message has half of its buffer free. */
  | { readonly kind: "writable"; readonly channel: number }
  /** What was sent unreliably. */
  | { readonly kind: "datagram"; readonly data: Uint8Array }
  /** A chat message ahead of its stream, in which it comes again: at most one of a session. */
  | { readonly kind: "word"; readonly data: Uint8Array }
  | { readonly kind: "path-challenge"; readonly data: Uint8Array }
  | { readonly kind: "path-response"; readonly data: Uint8Array }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** These keys open nothing any more: their index is free. */
  | { readonly kind: "retired"; readonly localIndex: number };

export interface SessionOptions {
  /** The first handshake's, 32 bytes. */
  readonly hash: Uint8Array;
  readonly epoch: EpochOptions;
  /** The handshake's round trip, where it says anything of the path. */
  readonly rttMs: number | undefined;
  /** No datagram is ever larger, whatever the path carries. */
  readonly datagramBytesMax: number;
}

/**
 * The encrypted conversation with one node: keys over reliability. It knows no address: its parent
 * sends what `pollPacket` returns to where the peer is, and path probes to where it may be.
 */
export class Session {
  /**
   * The first handshake's, through all renewals of the keys: the same on both sides and in no other
   * session. What is bound to it holds here alone (Noise §11.2).
   */
  readonly hash: Uint8Array;
  readonly #reliable: Reliable;
  #epoch: Epoch;
  #old: { readonly epoch: Epoch; readonly untilMs: number } | undefined;
  /** Made when there is something to tell: a session at rest holds none. */
  #events: Queue<SessionEvent> | undefined;
  #step: "open" | "closing" | "closed" = "open";
  #closing: Extract<Frame, { kind: "close" }> | undefined;
  #lastRttMs: number | undefined;
  #hasWord = false;

  constructor({ hash, epoch, rttMs, datagramBytesMax }: SessionOptions) {
    this.hash = hash;
    this.#epoch = new Epoch(epoch);
    this.#reliable = new Reliable({ now: epoch.now, datagramBytesMax });
    if (this.#epoch.sealed > 0) this.#reliable.onNumberUsed(this.#epoch.nextPacketNumber - 1);
    if (rttMs !== undefined) this.#reliable.seedRtt(rttMs);
  }

  /** What the session is renewed by. */
  get id(): Uint8Array {
    return this.hash.subarray(0, SESSION_ID_BYTES);
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

  /** When the newest packet left that the peer has acknowledged; −Infinity before the first. */
  get acknowledgedSentAtMs(): number {
    return this.#reliable.acknowledgedSentAtMs;
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

  /** Sends once what ages; false where it is too large or the session not open. */
  sendUnreliable(data: Uint8Array): boolean {
    return this.#step === "open" && this.#reliable.sendUnreliable(data);
  }

  /** A paused channel's messages wait, and the peer is stopped before they exceed its window. */
  setPaused(channel: number, isPaused: boolean): void {
    this.#reliable.setPaused(channel, isPaused);
  }

  /** Bytes of a channel that the peer has not acknowledged, sent or not. */
  queuedBytes(channel: number): number {
    return this.#reliable.queuedBytes(channel);
  }

  /** Asks the peer for a sign of life. */
  ping(): void {
    this.#reliable.ping();
  }

  /** There is hope that the peer is reached again: what waits for its timer is tried at once. */
  probe(now: number): void {
    this.#reliable.probe(now);
  }

  /** Another path is in use, which takes no larger datagrams than this. */
  onPathChanged(datagramBytesMax: number): void {
    this.#reliable.setDatagramBytesMax(datagramBytesMax);
    this.#lastRttMs = this.rttMs;
    this.#reliable.onPathChanged();
  }

  /** Nothing is expected for a while: gives back what need not be held. */
  rest(): void {
    if (this.#events?.length === 0) this.#events = undefined;
    this.#reliable.rest();
  }

  /** The system refused to send a packet for its size. */
  onTooBig(now: number): void {
    this.#reliable.onTooBig(now);
  }

  /** Tells the peer once, after what the window still takes, and is over when that was polled. */
  close(code: number, reason: string): void {
    if (this.#step !== "open") return;
    this.#step = "closing";
    this.#closing = { kind: "close", code, reason };
  }

  /**
   * Undefined for what the peer did not send just so; else whether where it came from is where the
   * peer is: its latest packet is, unless it merely probes a path (RFC 9000 §9.1), or says a word
   * ahead of all others.
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
    const isAhead = isWord(frames);
    if (!isAhead) epoch.onProved();
    const isLatest = opened.isHighest && epoch === this.#epoch;
    return { isWhereItIs: isLatest && !isAhead && !isProbe(frames) };
  }

  /**
   * A datagram outside the reliable order, of `bytes` at least: with frames for a path that is
   * tried, or with none to keep one alive. Undefined when the keys are worn.
   */
  sealProbe(frames: readonly Frame[], bytes = TRANSPORT_BYTES_MIN): Uint8Array | undefined {
    if (this.#epoch.isWornOut || this.#step === "closed") return undefined;
    const writer = new Writer(32);
    for (const frame of frames) writeFrame(writer, frame);
    this.#reliable.onNumberUsed(this.#epoch.nextPacketNumber);
    return this.#seal(writer.finish(), bytes);
  }

  /** The next datagram for the peer, as large as the path carries. */
  pollPacket(now: number): Uint8Array | undefined {
    if (this.#step === "closed") return undefined;
    if (this.#epoch.isWornOut) {
      this.#end(CLOSE_CODES.worn, "the keys are worn out");
      return undefined;
    }
    const packet = this.#pollReliable(now);
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
    const heard = this.#reliable.pollMessages();
    if (heard !== undefined) return heard;
    const event = this.#events?.shift();
    if (event !== undefined) return event;
    const channel = this.#reliable.pollWritable();
    return channel === undefined ? undefined : { kind: "writable", channel };
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

  #pollReliable(now: number): Uint8Array | undefined {
    if (this.#closing?.code === CLOSE_CODES.violation) return undefined;
    const reserved = this.#epoch.proof === undefined ? 0 : PROOF_BYTES;
    const plaintext = this.#reliable.pollPacket(now, this.#epoch.nextPacketNumber, reserved);
    return plaintext === undefined ? undefined : this.#seal(plaintext);
  }

  #handleFrames(now: number, packetNumber: number, frames: readonly Frame[]): void {
    const isLawful = keepsToLimits(frames);
    if (!isLawful || this.#reliable.handlePacket(now, packetNumber, frames) === "violation") {
      this.close(CLOSE_CODES.violation, "broken reliability rules");
      return;
    }
    let isChallenged = false;
    for (const frame of frames) {
      switch (frame.kind) {
        case "path-challenge":
          // The answer is as long as the shortest packet: a second one would not be paid for.
          if (!isChallenged) this.#tell(frame);
          isChallenged = true;
          break;
        case "word":
          if (!this.#hasWord) this.#tell(frame);
          this.#hasWord = true;
          break;
        case "datagram":
        case "path-response":
          this.#tell(frame);
          break;
        case "close":
          this.#end(codeToldBy(frame.code), frame.reason);
          return;
        case "ping":
        case "ack":
        case "stream":
        case "window":
          break;
        default:
          frame satisfies never;
      }
    }
  }

  #tell(event: SessionEvent): void {
    this.#events ??= new Queue();
    this.#events.push(event);
  }

  #end(code: number, reason: string): void {
    this.#step = "closed";
    this.#tell({ kind: "closed", code, reason });
  }

  #epochOf(localIndex: number): Epoch | undefined {
    if (localIndex === this.#epoch.localIndex) return this.#epoch;
    return this.#old?.epoch.localIndex === localIndex ? this.#old.epoch : undefined;
  }

  #retire(epoch: Epoch): void {
    epoch.wipe();
    this.#tell({ kind: "retired", localIndex: epoch.localIndex });
  }

  #seal(plaintext: Uint8Array, bytes = TRANSPORT_BYTES_MIN): Uint8Array {
    const framesMin = bytes - TRANSPORT_OVERHEAD_BYTES;
    return this.#epoch.seal(padFrames(this.#withProof(plaintext), framesMin));
  }

  /** A packet that tries out a size has no room for it. */
  #withProof(plaintext: Uint8Array): Uint8Array {
    const { proof } = this.#epoch;
    const hasRoom = plaintext.length + PROOF_BYTES <= this.#reliable.frameBytesMax;
    if (proof === undefined || !hasRoom) return plaintext;
    const writer = new Writer(PROOF_BYTES);
    writeFrame(writer, { kind: "path-response", data: proof });
    return concatBytes(plaintext, writer.finish());
  }
}

/** Whether its own session was replaced, only this side can know. Unknown codes are `done`. */
function codeToldBy(code: number): number {
  const isKnown = Object.values<number>(CLOSE_CODES).includes(code);
  return isKnown && code !== CLOSE_CODES.replaced ? code : CLOSE_CODES.done;
}

/**
 * One acknowledgement says all there is to say: to look for the packets of each of a thousand would
 * cost more than the peer's sending them. And no datagram exceeds what every path carries.
 */
function keepsToLimits(frames: readonly Frame[]): boolean {
  let acks = 0;
  for (const frame of frames) {
    if (frame.kind === "ack" && ++acks > 1) return false;
    if (frame.kind === "datagram" && frame.data.length > UNRELIABLE_BYTES_MAX) return false;
  }
  return true;
}

/** Said with the answer, before the initiator has shown anything. */
function isWord(frames: readonly Frame[] = []): boolean {
  return frames.length === 1 && frames[0]?.kind === "word";
}

/** A packet without any frame keeps a path alive: it is none. */
function isProbe(frames: readonly Frame[] = []): boolean {
  if (frames.length === 0) return false;
  for (const { kind } of frames) {
    if (kind !== "path-challenge" && kind !== "path-response") return false;
  }
  return true;
}
