import { Deadlines } from "../../lib/base/deadlines.ts";
import type { CongestionController, InFlightPacket } from "../../lib/reliable/congestion.ts";
import { Pacer } from "../../lib/reliable/pacer.ts";
import { Rtt } from "../../lib/reliable/rtt.ts";

export const DATAGRAM_BYTES = 1200;

/** RFC 9002 §6.1.1 and §7.6.1. */
const PACKET_THRESHOLD = 3;
const PERSISTENT_CONGESTION_TIMEOUTS = 3;

export interface BottleneckOptions {
  readonly megabitsPerSecond: number;
  /** There and back, without the queue. */
  readonly roundTripMs: number;
  /** What waits before the bottleneck; more is dropped. */
  readonly queueDatagrams: number;
  /** Drops what leaves at this time. */
  readonly drops?: (now: number, packetNumber: number) => boolean;
  /** Holds a packet up that has passed the bottleneck. */
  readonly holdsUpMs?: (now: number, packetNumber: number) => number;
  /** Bytes that the application wants to send until now; unlimited unless given. */
  readonly offeredBytes?: (now: number) => number;
}

/**
 * One sender with all that a congestion controller needs, full datagrams, a queue before a slow
 * link, and a receiver that acknowledges each packet at once. No randomness.
 */
export class Bottleneck {
  now = 0;
  ackedBytes = 0;
  lossCount = 0;
  spuriousCount = 0;
  persistentCount = 0;
  readonly rtt = new Rtt();
  readonly controller: CongestionController;
  readonly #options: BottleneckOptions;
  readonly #bytesPerMs: number;
  readonly #pacer = new Pacer();
  readonly #inFlight = new Map<number, InFlightPacket>();
  readonly #lost = new Map<number, InFlightPacket>();
  /** When each packet's acknowledgement is back. */
  readonly #acks = new Deadlines<number>();
  #nextNumber = 0;
  #linkFreeAtMs = 0;
  #lastSentAtMs = 0;
  #timeouts = 0;
  #isWindowUsed = false;

  constructor(controller: CongestionController, options: BottleneckOptions) {
    this.controller = controller;
    this.#options = options;
    this.#bytesPerMs = (options.megabitsPerSecond * 1000) / 8;
  }

  get inFlightBytes(): number {
    return this.#inFlight.size * DATAGRAM_BYTES;
  }

  runTo(untilMs: number): void {
    for (;;) {
      const ackAtMs = this.#acks.next;
      const sendAtMs = this.#sendAtMs();
      const timeoutAtMs = this.#timeoutAtMs();
      const nextMs = Math.min(ackAtMs, sendAtMs, timeoutAtMs);
      if (nextMs > untilMs) break;
      this.now = Math.max(this.now, nextMs);
      if (nextMs === ackAtMs) this.#handleAck();
      else if (nextMs === sendAtMs) this.#send();
      else this.#handleTimeout();
    }
    this.now = untilMs;
  }

  #sendAtMs(): number {
    const { windowBytes, isInSlowStart } = this.controller;
    const sentBytes = this.#nextNumber * DATAGRAM_BYTES;
    const offeredBytes = this.#options.offeredBytes?.(this.now) ?? Infinity;
    if (sentBytes + DATAGRAM_BYTES > offeredBytes) {
      this.#isWindowUsed = false;
      return Infinity;
    }
    this.#isWindowUsed = true;
    if (this.inFlightBytes + DATAGRAM_BYTES > windowBytes) return Infinity;
    return this.#pacer.releaseAtMs(this.now, DATAGRAM_BYTES, windowBytes, this.rtt, isInSlowStart);
  }

  #timeoutAtMs(): number {
    if (this.#inFlight.size === 0) return Infinity;
    return this.#lastSentAtMs + this.rtt.probeTimeoutMs * 2 ** this.#timeouts;
  }

  #send(): void {
    const { now } = this;
    const { drops, holdsUpMs, queueDatagrams, roundTripMs } = this.#options;
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    this.#lastSentAtMs = now;
    this.#inFlight.set(number, { number, sentAtMs: now, bytes: DATAGRAM_BYTES });
    this.controller.onSent(now, number);
    this.#pacer.onSent(now, DATAGRAM_BYTES);
    const queuedBytes = Math.max(0, this.#linkFreeAtMs - now) * this.#bytesPerMs;
    if (queuedBytes > queueDatagrams * DATAGRAM_BYTES) return;
    if (drops?.(now, number) ?? false) return;
    this.#linkFreeAtMs = Math.max(now, this.#linkFreeAtMs) + DATAGRAM_BYTES / this.#bytesPerMs;
    this.#acks.set(number, this.#linkFreeAtMs + roundTripMs + (holdsUpMs?.(now, number) ?? 0));
  }

  #handleAck(): void {
    const { now, controller, rtt } = this;
    const number = this.#acks.pollDue(now);
    if (number === undefined) return;
    if (this.#lost.delete(number)) {
      this.spuriousCount += 1;
      controller.onSpuriousLoss(now, number);
      return;
    }
    const packet = this.#inFlight.get(number);
    if (packet === undefined) return;
    this.#inFlight.delete(number);
    this.#timeouts = 0;
    this.ackedBytes += packet.bytes;
    rtt.onSample(now - packet.sentAtMs, 0);
    controller.onAcked(now, packet, rtt, this.#isWindowUsed);
    this.#declareLost(number - PACKET_THRESHOLD);
  }

  #declareLost(upToNumber: number): void {
    const { now, controller, rtt } = this;
    let firstAtMs = Infinity;
    let lastAtMs = -Infinity;
    for (const packet of this.#inFlight.values()) {
      if (packet.number > upToNumber) break;
      this.#inFlight.delete(packet.number);
      this.#lost.set(packet.number, packet);
      this.lossCount += 1;
      controller.onLost(now, packet);
      firstAtMs = Math.min(firstAtMs, packet.sentAtMs);
      lastAtMs = Math.max(lastAtMs, packet.sentAtMs);
    }
    const persistentMs = PERSISTENT_CONGESTION_TIMEOUTS * rtt.probeTimeoutMs;
    if (lastAtMs - firstAtMs < persistentMs) return;
    this.persistentCount += 1;
    controller.onPersistentCongestion(now);
  }

  /** Two probes beyond the window, as RFC 9002 §6.2.4 allows. */
  #handleTimeout(): void {
    this.#timeouts += 1;
    this.#send();
    this.#send();
  }
}
