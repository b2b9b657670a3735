import type { AckRange } from "../wire/frames.ts";
import { GRANULARITY_MS, type Rtt } from "./rtt.ts";
import type { SentPacket, SentPackets } from "./sent.ts";

/** RFC 9002 §6.1.1: a packet is lost when one sent this many later is acknowledged. */
const PACKET_THRESHOLD = 3;
const PACKET_THRESHOLD_MAX = 64;

/** RFC 9002 §6.1.2: or when it was sent this many round trips before one that is acknowledged. */
const TIME_THRESHOLD = 9 / 8;
const TIME_THRESHOLD_MAX = 2;
const TIME_THRESHOLD_STEP = 1 / 8;

/** Lost packets that are remembered, should they arrive after all; the oldest are forgotten. */
const LOST_MAX = 128;

interface Lost {
  readonly number: number;
  /** How far the acknowledgements were ahead of it when it was given up. */
  readonly distance: number;
}

const NONE_LOST: readonly Lost[] = [];

/**
 * Decides which packets are lost, RFC 9002 §6.1. A path that proves it wrong, as it reorders
 * packets, is given more room (§6.1.1).
 */
export class LossDetector {
  #largestAcked = -1;
  /** Place of the newest acknowledged one. Numbers leap where keys are renewed, places do not. */
  #largestOrdinal = -1;
  #dueAtMs = Infinity;
  #packetThreshold = PACKET_THRESHOLD;
  #timeThreshold = TIME_THRESHOLD;
  #lost = NONE_LOST;

  /** When a packet that was overtaken counts as lost, Infinity if none was. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  /** The highest number that is acknowledged, and the place of the newest packet that is. */
  onAcked(largest: number, ordinal: number): void {
    this.#largestAcked = Math.max(this.#largestAcked, largest);
    this.#largestOrdinal = Math.max(this.#largestOrdinal, ordinal);
  }

  /** Whether the path has shown that it reorders. */
  get hasLearnt(): boolean {
    return this.#packetThreshold > PACKET_THRESHOLD || this.#timeThreshold > TIME_THRESHOLD;
  }

  /** Nothing is in flight any more, and nothing of it expected. */
  onCleared(): void {
    this.#dueAtMs = Infinity;
    this.#lost = NONE_LOST;
  }

  /** Takes the lost ones out of flight, oldest first. */
  takeLost(now: number, sent: SentPackets, rtt: Rtt): SentPacket[] {
    const roundTripMs = Math.max(rtt.latestMs, rtt.smoothedMs);
    const waitMs = Math.max(this.#timeThreshold * roundTripMs, GRANULARITY_MS);
    const ordinalMax = this.#largestOrdinal - this.#packetThreshold;
    const lost = sent.takeLost(now, this.#largestAcked, ordinalMax, waitMs);
    const oldest = sent.oldest;
    const isOvertaken = oldest !== undefined && oldest.number < this.#largestAcked;
    this.#dueAtMs = isOvertaken ? oldest.sentAtMs + waitMs : Infinity;
    if (lost.length > 0) this.#remember(lost);
    return lost;
  }

  /** The numbers of packets that were given up and have arrived after all. */
  takeSpurious(descending: readonly AckRange[]): number[] {
    if (this.#lost.length === 0) return NONE;
    const arrived = this.#lost.filter(({ number }) => isIn(descending, number));
    if (arrived.length === 0) return NONE;
    this.#lost = this.#lost.filter(({ number }) => !isIn(descending, number));
    for (const { distance } of arrived) {
      if (distance >= this.#packetThreshold) {
        this.#packetThreshold = Math.min(distance + 1, PACKET_THRESHOLD_MAX);
      } else {
        const more = this.#timeThreshold + TIME_THRESHOLD_STEP;
        this.#timeThreshold = Math.min(more, TIME_THRESHOLD_MAX);
      }
    }
    return arrived.map(({ number }) => number);
  }

  #remember(packets: readonly SentPacket[]): void {
    const lost = packets
      .filter(({ isMtuProbe }) => !isMtuProbe)
      .map(({ number, ordinal }) => ({ number, distance: this.#largestOrdinal - ordinal }));
    this.#lost = [...this.#lost, ...lost].slice(-LOST_MAX);
  }
}

const NONE: number[] = [];

function isIn(ranges: readonly AckRange[], number: number): boolean {
  return ranges.some(({ first, last }) => first <= number && number <= last);
}
