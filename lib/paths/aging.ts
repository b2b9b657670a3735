import type { Address } from "../base/address.ts";

/** The age is known well enough when it is known to within this. */
const PRECISION_MS = 500;

/** If the mapping is another, an answer has told so by then. */
const ANSWER_MS = 1_000;

/** Whatever ends sooner than this has not died of age. */
const AGE_MS_MIN = 10_000;

/** Two ages are one that differ by no more than this share. */
const ALIKE_SHARE = 0.1;

/**
 * The age at which this node's router gives it another mapping, however busy the one before: some
 * carriers do after 50 to 75 s. From two mappings on it is known within bounds, and the server is
 * asked when the end is due, so that the new mapping is known before anybody is missed.
 */
export class Aging {
  #observed: Address | undefined;
  #sinceMs = 0;
  /** A mapping was still there at this age, and gone at that; ms. */
  #aliveMs = 0;
  #goneMs = Infinity;
  /** At what age one was found gone without the server. */
  #foundGoneMs = Infinity;
  #askAtMs = Infinity;
  #askedAtMs = Infinity;

  /** At that age mappings are gone, ms; Infinity as long as none was seen to go. */
  get goneMs(): number {
    return this.#goneMs;
  }

  /** When the server has first seen the present one. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** What is known is of another network, or the mapping was left alone for long. */
  reset(): void {
    this.#observed = undefined;
    this.#aliveMs = 0;
    this.#goneMs = Infinity;
    this.#foundGoneMs = Infinity;
    this.#askAtMs = Infinity;
    this.#askedAtMs = Infinity;
  }

  /** The server sees this node there. True where that is another mapping than before. */
  onObserved(now: number, observed: Address): boolean {
    if (observed === this.#observed) return false;
    const isAnother = this.#observed !== undefined;
    const ageMs = now - this.#sinceMs;
    if (isAnother && ageMs >= AGE_MS_MIN) this.#goneMs = Math.min(this.#goneMs, ageMs);
    if (this.#aliveMs >= this.#goneMs) this.#aliveMs = 0;
    this.#observed = observed;
    this.#sinceMs = now;
    this.#plan();
    return isAnother;
  }

  /**
   * One was gone at this age, as far as a path tells that failed: that may have been chance, and
   * twice the same is none.
   */
  onGone(ageMs: number): void {
    if (ageMs < AGE_MS_MIN) return;
    const isAlike = Math.abs(ageMs - this.#foundGoneMs) <= ALIKE_SHARE * ageMs;
    if (isAlike) this.#goneMs = Math.min(this.#goneMs, ageMs);
    this.#foundGoneMs = ageMs;
  }

  /**
   * True where the server is to be asked now: it answers to where it sees this node. `isHeard`:
   * whether it answers at all, without which its silence tells nothing.
   */
  handleTimeout(now: number, isHeard: boolean): boolean {
    if (!isHeard) {
      this.#askAtMs = Infinity;
      this.#askedAtMs = Infinity;
      return false;
    }
    if (now >= this.#askedAtMs + ANSWER_MS) {
      this.#aliveMs = this.#askedAtMs - this.#sinceMs;
      // It does not die of age after all, or not at the same each time.
      if (this.#aliveMs >= this.#goneMs) this.#goneMs = Infinity;
      this.#plan();
    }
    if (now < this.#askAtMs) return false;
    this.#askAtMs = Infinity;
    this.#askedAtMs = now;
    return true;
  }

  pollTimeout(): number {
    return Math.min(this.#askAtMs, this.#askedAtMs + ANSWER_MS);
  }

  #plan(): void {
    this.#askedAtMs = Infinity;
    const isKnown = this.#goneMs - this.#aliveMs <= PRECISION_MS;
    const ageMs = isKnown ? this.#goneMs : (this.#aliveMs + this.#goneMs) / 2;
    this.#askAtMs = this.#sinceMs + ageMs;
  }
}
