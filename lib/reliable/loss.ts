import { GRANULARITY_MS, type Rtt } from "./rtt.ts";
import type { SentPacket, SentPackets } from "./sent.ts";

/** RFC 9002 §6.1.1: a packet is lost when one sent this many later is acknowledged. */
const PACKET_THRESHOLD = 3;

/** RFC 9002 §6.1.2: or when it was sent this many round trips before one that is acknowledged. */
const TIME_THRESHOLD = 9 / 8;

/** Decides which packets are lost, RFC 9002 §6.1. */
export class LossDetector {
  #largestAcked = -1;
  #dueAtMs = Infinity;

  /** When a packet that was overtaken counts as lost, Infinity if none was. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  onAcked(largest: number): void {
    this.#largestAcked = Math.max(this.#largestAcked, largest);
  }

  /** Everything in flight was given up. */
  onCleared(): void {
    this.#dueAtMs = Infinity;
  }

  /** Takes the lost ones out of flight, oldest first. */
  takeLost(now: number, sent: SentPackets, rtt: Rtt): SentPacket[] {
    const roundTripMs = Math.max(rtt.latestMs, rtt.smoothedMs);
    const waitMs = Math.max(TIME_THRESHOLD * roundTripMs, GRANULARITY_MS);
    const lost: SentPacket[] = [];
    this.#dueAtMs = Infinity;
    for (const packet of sent) {
      if (packet.number > this.#largestAcked) break;
      const dueAtMs = packet.sentAtMs + waitMs;
      if (dueAtMs <= now || packet.number <= this.#largestAcked - PACKET_THRESHOLD) {
        lost.push(packet);
      } else {
        this.#dueAtMs = Math.min(this.#dueAtMs, dueAtMs);
      }
    }
    for (const packet of lost) sent.remove(packet);
    return lost;
  }
}
