import { assert } from "../base/assert.ts";
import type { Writer } from "../base/bytes.ts";
import { CHANNELS_MAX } from "../wire/channels.ts";
import { type AckFrame, writeFrame } from "../wire/frames.ts";
import { DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX } from "../wire/limits.ts";
import { LossDetector } from "./loss.ts";
import { Rtt } from "./rtt.ts";
import { SendStream } from "./sendstream.ts";
import { type SentPacket, SentPackets, type StreamRange } from "./sent.ts";

/** IPv6 40, UDP 8, packet header 13, tag 16: what a packet costs the path besides its frames. */
const PACKET_OVERHEAD_BYTES = 77;

/**
 * In flight at most: 64 full packets. Linux's default receive buffer, 208 KiB, holds about 90 of
 * them with its bookkeeping, so that a burst to a busy receiver is not lost there; over a round
 * trip of 50 ms it still is 12 Mbit/s. Of the smallest packets it is about 1000, half of what the
 * replay window covers.
 */
export const WINDOW_BYTES = 64 * (DATAGRAM_BYTES_MAX + 48);

/** RFC 9002 §6.2.4: two probes, so that a single loss does not cost the next timeout too. */
const PROBES_PER_TIMEOUT = 2;

/**
 * Backoff stops here, unless one plain timeout is longer. Two probes every 2 s harm no path, and a
 * chat whose path comes back is alive again within this time.
 */
export const PROBE_INTERVAL_MS_MAX = 2000;

/** Bytes of a ping frame. */
const PING_BYTES = 2;

/** The sending half of a session: what to send, what is in flight, and when it must be repeated. */
export class Sender {
  /** By channel; made when first used, because most sessions use one. */
  readonly #streams: (SendStream | undefined)[] = [];
  readonly #sent = new SentPackets();
  readonly #loss = new LossDetector();
  #rtt = new Rtt();
  #wantsPing = false;
  #probesDue = 0;
  #probeTimeouts = 0;
  #lastSentAtMs: number;
  #acknowledgedTo = -1;

  constructor(now: number) {
    this.#lastSentAtMs = now;
  }

  get rtt(): Rtt {
    return this.#rtt;
  }

  get probeTimeouts(): number {
    return this.#probeTimeouts;
  }

  get unacknowledgedSinceMs(): number {
    return this.#sent.oldest?.sentAtMs ?? Infinity;
  }

  /** Highest packet number that the peer knows to be acknowledged, −1 before the first. */
  get acknowledgedTo(): number {
    return this.#acknowledgedTo;
  }

  /** When `handleTimeout` is due. */
  get dueAtMs(): number {
    if (this.#loss.dueAtMs !== Infinity) return this.#loss.dueAtMs;
    if (this.#sent.isEmpty) return Infinity;
    const plainMs = this.#rtt.probeTimeoutMs;
    const backedOffMs = plainMs * 2 ** this.#probeTimeouts;
    return this.#lastSentAtMs + Math.max(plainMs, Math.min(backedOffMs, PROBE_INTERVAL_MS_MAX));
  }

  queuedBytes(channel: number): number {
    return this.#streams[channel]?.queuedBytes ?? 0;
  }

  send(channel: number, message: Uint8Array): boolean {
    assert(channel >= 0 && channel < CHANNELS_MAX, "a message goes to a channel that exists");
    if (message.length > MESSAGE_BYTES_MAX) return false;
    this.#streams[channel] ??= new SendStream(channel);
    return this.#streams[channel].push(message);
  }

  ping(): void {
    this.#wantsPing = true;
  }

  /** Whether there is something to send and the window, or a probe, lets it leave. */
  isReady(bytesMax: number): boolean {
    if (this.#probesDue > 0) return true;
    if (this.#sent.bytes + bytesMax + PACKET_OVERHEAD_BYTES > WINDOW_BYTES) return false;
    return this.#wantsPing || this.#streams.some(hasPending);
  }

  /** Fills a packet that may begin with an acknowledgement up to the number `acknowledges`. */
  writeFrames(
    now: number,
    packetNumber: number,
    writer: Writer,
    bytesMax: number,
    acknowledges: number,
  ): void {
    if (this.#probesDue > 0) this.#repeatOldest(PROBES_PER_TIMEOUT - this.#probesDue);
    const ranges = this.#writeStreams(writer, bytesMax);
    if (ranges.length === 0) {
      if (writer.length + PING_BYTES > bytesMax) return;
      writeFrame(writer, { kind: "ping" });
    }
    // A second bare ping would say nothing that the first does not.
    this.#probesDue = ranges.length === 0 ? 0 : Math.max(0, this.#probesDue - 1);
    this.#wantsPing = false;
    this.#lastSentAtMs = now;
    this.#sent.add({
      number: packetNumber,
      sentAtMs: now,
      bytes: writer.length + PACKET_OVERHEAD_BYTES,
      ranges,
      acknowledges,
    });
  }

  /** Packets that are not in flight are passed over: lost ones, mere acks, the caller's own. */
  handleAck(now: number, frame: AckFrame): void {
    const acked = this.#sent.takeAcked(frame.ranges);
    const newest = acked.at(-1);
    if (newest === undefined) return;
    const largest = frame.ranges[0]?.last ?? newest.number;
    if (newest.number === largest) {
      this.#rtt.onSample(now - newest.sentAtMs, frame.delayUs / 1000);
    }
    for (const packet of acked) this.#onAcked(packet);
    this.#probeTimeouts = 0;
    this.#probesDue = 0;
    this.#loss.onAcked(largest);
    this.#declareLost(now);
  }

  handleTimeout(now: number): void {
    if (now < this.dueAtMs) return;
    if (this.#loss.dueAtMs <= now) {
      this.#declareLost(now);
    } else {
      this.#probeTimeouts += 1;
      this.#probesDue = PROBES_PER_TIMEOUT;
    }
  }

  /** Nothing is known of the new path, and all that was under way on the old one is repeated. */
  onPathChanged(): void {
    this.#rtt = new Rtt();
    this.#probeTimeouts = 0;
    this.#probesDue = 0;
    // A ping is not repeated where it was lost: what was acknowledged after it says as much.
    this.#wantsPing ||= !this.#sent.isEmpty;
    for (const packet of this.#sent) this.#onLost(packet);
    this.#sent.clear();
    this.#loss.onCleared();
  }

  #writeStreams(writer: Writer, bytesMax: number): StreamRange[] {
    const ranges: StreamRange[] = [];
    for (const stream of this.#streams) {
      let range = stream?.writeFrame(writer, bytesMax);
      while (range !== undefined) {
        ranges.push(range);
        range = stream?.writeFrame(writer, bytesMax);
      }
    }
    return ranges;
  }

  /** Queues again what a packet carries: the oldest with data the peer lacks, but for `skipped`. */
  #repeatOldest(skipped: number): void {
    let chosen: SentPacket | undefined;
    let left = skipped;
    for (const packet of this.#sent) {
      if (!this.#isMissed(packet)) continue;
      chosen = packet;
      if (left === 0) break;
      left -= 1;
    }
    if (chosen !== undefined) this.#onLost(chosen);
  }

  #isMissed(packet: SentPacket): boolean {
    for (const { channel, start, end } of packet.ranges) {
      if (this.#streams[channel]?.isMissed(start, end)) return true;
    }
    return false;
  }

  #declareLost(now: number): void {
    for (const packet of this.#loss.takeLost(now, this.#sent, this.#rtt)) this.#onLost(packet);
  }

  #onAcked(packet: SentPacket): void {
    this.#acknowledgedTo = Math.max(this.#acknowledgedTo, packet.acknowledges);
    for (const range of packet.ranges) {
      this.#streams[range.channel]?.onAcked(range.start, range.end);
    }
  }

  #onLost(packet: SentPacket): void {
    for (const range of packet.ranges) {
      this.#streams[range.channel]?.onLost(range.start, range.end);
    }
  }
}

function hasPending(stream: SendStream | undefined): boolean {
  return stream?.hasPending ?? false;
}
