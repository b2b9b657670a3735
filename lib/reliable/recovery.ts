/**
 * What every congestion controller does alike: it shrinks once a round trip (RFC 9002 §7.3.2),
 * grows only by packets that left after that and only while the window is what limits sending
 * (§7.8), and knows when a reduction turns out to be unfounded (RFC 9438 §4.9).
 *
 * Periods are told apart by packet numbers, because many packets share a millisecond.
 */
export class RecoveryPeriod {
  #newestSent = -1;
  /** The last reduction is on account of losses after the one and up to the other number. */
  #afterNumber = -1;
  #lastNumber = -1;
  /** Of these, the ones that did not arrive after all. */
  #lossCount = 0;

  /** Highest packet number sent, −1 before the first. */
  get newestSent(): number {
    return this.#newestSent;
  }

  onSent(packetNumber: number): void {
    this.#newestSent = packetNumber;
  }

  /** Whether the acknowledgement of this packet lets the window grow. */
  mayGrow(packetNumber: number, isWindowUsed: boolean): boolean {
    return isWindowUsed && packetNumber > this.#lastNumber;
  }

  /** Whether the window must shrink; if so, a new period begins. */
  onLost(packetNumber: number): boolean {
    const isNew = packetNumber > this.#lastNumber;
    if (isNew) {
      this.#afterNumber = this.#lastNumber;
      this.#lastNumber = this.#newestSent;
      this.#lossCount = 0;
    }
    if (packetNumber > this.#afterNumber) this.#lossCount += 1;
    return isNew;
  }

  /** Whether the last reduction has no loss left to stand on; if so, its period is void. */
  onSpuriousLoss(packetNumber: number): boolean {
    const isOfLast = packetNumber > this.#afterNumber && packetNumber <= this.#lastNumber;
    if (!isOfLast || this.#lossCount === 0) return false;
    this.#lossCount -= 1;
    if (this.#lossCount > 0) return false;
    this.#lastNumber = this.#afterNumber;
    return true;
  }
}
