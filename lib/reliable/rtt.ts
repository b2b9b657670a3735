/** RFC 9002 §6.2.2: what a round trip is taken for until one was measured. */
const INITIAL_RTT_MS = 333;

/** RFC 9002 §6.1.2: the finest step of a timer. */
export const GRANULARITY_MS = 1;

/** Longest that a receiver holds an acknowledgement back, RFC 9000 §18.2. */
export const MAX_ACK_DELAY_MS = 25;

/** The round-trip time of one path, RFC 9002 §5. All in ms. */
export class Rtt {
  #latestMs = INITIAL_RTT_MS;
  #minMs = Infinity;
  #smoothedMs = INITIAL_RTT_MS;
  #variationMs = INITIAL_RTT_MS / 2;

  /** False while all figures are assumptions. */
  get isMeasured(): boolean {
    return this.#minMs !== Infinity;
  }

  get latestMs(): number {
    return this.#latestMs;
  }

  get minMs(): number {
    return this.#minMs;
  }

  get smoothedMs(): number {
    return this.#smoothedMs;
  }

  get variationMs(): number {
    return this.#variationMs;
  }

  /** How long to wait for an acknowledgement before probing, without backoff (RFC 9002 §6.2.1). */
  get probeTimeoutMs(): number {
    const spreadMs = Math.max(4 * this.#variationMs, GRANULARITY_MS);
    return this.#smoothedMs + spreadMs + MAX_ACK_DELAY_MS;
  }

  /** One measurement, of which the peer says it waited for `ackDelayMs` (RFC 9002 §5.3). */
  onSample(latestMs: number, ackDelayMs: number): void {
    this.#latestMs = latestMs;
    if (!this.isMeasured) {
      this.#minMs = latestMs;
      this.#smoothedMs = latestMs;
      this.#variationMs = latestMs / 2;
      return;
    }
    this.#minMs = Math.min(this.#minMs, latestMs);
    const delayMs = Math.min(ackDelayMs, MAX_ACK_DELAY_MS);
    const adjustedMs = latestMs >= this.#minMs + delayMs ? latestMs - delayMs : latestMs;
    const deviationMs = Math.abs(this.#smoothedMs - adjustedMs);
    this.#variationMs = (3 * this.#variationMs + deviationMs) / 4;
    this.#smoothedMs = (7 * this.#smoothedMs + adjustedMs) / 8;
  }
}
