import { varintSize } from "../base/bytes.ts";
import { Ranges } from "../base/ranges.ts";
import type { AckFrame, AckRange } from "../wire/frames.ts";
import { ACK_RANGES_MAX } from "../wire/limits.ts";
import { MAX_ACK_DELAY_MS } from "./rtt.ts";

/** In a flood every so many packets are acknowledged: seldom enough to be cheap, soon enough for
 * the smallest initial window, 10. */
const UNACKNOWLEDGED_MAX = 8;

/** What a packet wants: `now` has a ping in it, `later` anything else that is acknowledged. */
export type AckWish = "none" | "later" | "now";

/** The packets received, as the peer is told of them (RFC 9000 §13.2). */
export class Acks {
  readonly #received = new Ranges();
  #largest = -1;
  #largestAtMs = 0;
  #unacknowledged = 0;
  #dueAtMs = Infinity;

  /** When an acknowledgement is to leave, in a packet of its own if need be. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  /** Whether there is anything to acknowledge for a packet that leaves anyway. */
  get isWanted(): boolean {
    return this.#unacknowledged > 0;
  }

  /** Past ACK_RANGES_MAX the lowest range is forgotten; the peer sends its packets' data again. */
  onReceived(now: number, packetNumber: number, wish: AckWish): void {
    const isInOrder = packetNumber === this.#largest + 1;
    this.#received.add(packetNumber, packetNumber + 1);
    if (this.#received.count > ACK_RANGES_MAX) this.forget(this.#received.endOf(0) - 1);
    if (packetNumber > this.#largest) {
      this.#largest = packetNumber;
      this.#largestAtMs = now;
    }
    if (wish === "none") return;
    this.#unacknowledged += 1;
    // A gap is told at once, and that it was none: the sender decides by it what is lost.
    const isUrgent = wish === "now" || !isInOrder || this.#unacknowledged >= UNACKNOWLEDGED_MAX;
    this.#dueAtMs = Math.min(this.#dueAtMs, isUrgent ? now : now + MAX_ACK_DELAY_MS);
  }

  /** What was told of late may have gone where nobody hears it: all of it is told again at once. */
  repeat(now: number): void {
    if (this.#received.count === 0) return;
    this.#unacknowledged = Math.max(1, this.#unacknowledged);
    this.#dueAtMs = now;
  }

  /** The peer knows of everything up to `packetNumber` (RFC 9000 §13.2.4). */
  forget(packetNumber: number): void {
    this.#received.remove(0, packetNumber + 1);
    // A late one among them was not told; without others there is nothing left to tell.
    if (this.#received.count === 0) this.#settle();
  }

  /** As many ranges as fit into a frame of `bytesMax`, newest first; undefined when none does. */
  takeFrame(now: number, bytesMax: number): AckFrame | undefined {
    const delayUs = Math.round(1000 * Math.max(0, now - this.#largestAtMs));
    const ranges: AckRange[] = [];
    // Kind, length in two bytes, delay, largest, count of ranges; the first range has no gap.
    let bytes = 4 + varintSize(delayUs) + varintSize(Math.max(0, this.#largest));
    let smallest = this.#received.endOf(this.#received.count - 1) + 1;
    for (let i = this.#received.count - 1; i >= 0; i--) {
      const first = this.#received.startOf(i);
      const last = this.#received.endOf(i) - 1;
      bytes += varintSize(smallest - last - 2) + varintSize(last - first);
      if (bytes > bytesMax) break;
      ranges.push({ first, last });
      smallest = first;
    }
    if (ranges.length === 0) return undefined;
    this.#settle();
    return { kind: "ack", delayUs, ranges };
  }

  #settle(): void {
    this.#unacknowledged = 0;
    this.#dueAtMs = Infinity;
  }
}
