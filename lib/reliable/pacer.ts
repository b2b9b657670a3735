import type { Rtt } from "./rtt.ts";

/** RFC 9002 §7.7: a little faster than the window, so that the window stays what limits. */
const GAIN = 1.25;

/** While the window doubles every round trip, packets leave as fast as it will then allow. */
const SLOW_START_GAIN = 2;

/** What may leave at once: RFC 9002 §7.7 names the initial window. */
const BURST_DATAGRAMS = 10;

/** An event loop's timers are not finer: what was due within this time leaves together. */
const TIMER_MS = 2;

/** Where the round trip is shorter, a timer would be the limit, not the path. */
const PACED_RTT_MS_MIN = 2;

/** Spreads a window over its round trip: a token bucket of bytes, RFC 9002 §7.7. */
export class Pacer {
  #tokens = Infinity;
  #filledAtMs = -Infinity;

  /**
   * When a packet of so many bytes may leave: a time ≤ now means at once. Ask with the largest
   * packet that might be sent, because the burst is counted in these.
   */
  releaseAtMs(
    now: number,
    bytes: number,
    windowBytes: number,
    rtt: Rtt,
    isInSlowStart: boolean,
  ): number {
    const burstBytes = BURST_DATAGRAMS * bytes;
    if (!rtt.isMeasured || rtt.smoothedMs < PACED_RTT_MS_MIN) {
      this.#tokens = burstBytes;
      this.#filledAtMs = now;
      return now;
    }
    const gain = isInSlowStart ? SLOW_START_GAIN : GAIN;
    const bytesPerMs = (gain * windowBytes) / rtt.smoothedMs;
    const bucketBytes = Math.max(burstBytes, TIMER_MS * bytesPerMs);
    const filledBytes = this.#tokens + (now - this.#filledAtMs) * bytesPerMs;
    this.#tokens = Math.min(filledBytes, bucketBytes);
    this.#filledAtMs = now;
    return this.#tokens >= bytes ? now : now + (bytes - this.#tokens) / bytesPerMs;
  }

  /** Of every packet in flight, also of one that left without asking, such as a probe. */
  onSent(_now: number, bytes: number): void {
    this.#tokens -= bytes;
  }
}
