/** RFC 9406 §4.3. Below the least rise, jitter of the receiver's timers would count as a queue. */
const RISE_MS_MIN = 4;
const RISE_MS_MAX = 16;
const RISE_DIVISOR = 8;
const SAMPLES_MIN = 8;
const CONSERVATIVE_GROWTH_DIVISOR = 4;
const CONSERVATIVE_ROUNDS = 5;

/**
 * HyStart++ (RFC 9406): ends the first slow start when round trips grow longer, before the
 * bottleneck's queue overflows. A rise slows the growth for five rounds; if round trips are short
 * again within these, it was jitter and the window goes on doubling.
 */
export class HyStart {
  #roundEnd = -1;
  #samples = 0;
  #roundMinMs = Infinity;
  #lastRoundMinMs = Infinity;
  /** Shortest round trip when the growth was slowed, Infinity while the window doubles. */
  #baselineMs = Infinity;
  #roundsLeft = CONSERVATIVE_ROUNDS;

  /** Acknowledged bytes are divided by this before the window grows by them. */
  get growthDivisor(): number {
    return this.isConservative ? CONSERVATIVE_GROWTH_DIVISOR : 1;
  }

  get isConservative(): boolean {
    return this.#baselineMs !== Infinity;
  }

  /** Whether slow start has ended. */
  get isOver(): boolean {
    return this.#roundsLeft === 0;
  }

  /** `newestSent` is the highest packet number sent so far. */
  onAcked(packetNumber: number, roundTripMs: number, newestSent: number): void {
    if (packetNumber > this.#roundEnd) this.#beginRound(newestSent);
    this.#samples += 1;
    this.#roundMinMs = Math.min(this.#roundMinMs, roundTripMs);
    if (this.#samples < SAMPLES_MIN) return;
    if (this.isConservative) {
      if (this.#roundMinMs < this.#baselineMs) this.#resume();
    } else if (this.#roundMinMs >= this.#lastRoundMinMs + riseMs(this.#lastRoundMinMs)) {
      this.#baselineMs = this.#roundMinMs;
    }
  }

  /** The round in which the growth was slowed counts as the first of the five. */
  #beginRound(newestSent: number): void {
    if (this.isConservative && this.#roundsLeft > 0) this.#roundsLeft -= 1;
    this.#roundEnd = newestSent;
    this.#lastRoundMinMs = this.#roundMinMs;
    this.#roundMinMs = Infinity;
    this.#samples = 0;
  }

  #resume(): void {
    this.#baselineMs = Infinity;
    this.#roundsLeft = CONSERVATIVE_ROUNDS;
  }
}

function riseMs(roundTripMs: number): number {
  return Math.max(RISE_MS_MIN, Math.min(roundTripMs / RISE_DIVISOR, RISE_MS_MAX));
}
