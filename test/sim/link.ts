import type { Prng } from "./prng.ts";

/** What befalls datagrams between two places, one way. Times in ms, odds from 0 to 1. */
export interface Conditions {
  readonly delayMs: number;
  /** Up to so much more, evenly spread; more than the gap between datagrams reorders them. */
  readonly jitterMs: number;
  readonly loss: number;
  /** The odds that the next datagram after a lost one is lost too; the average stays `loss`. */
  readonly lossRepeat: number | undefined;
  /** No more than so many in a row are lost. */
  readonly lossesInRowMax: number;
  readonly duplicate: number;
  /** The odds of being held back by up to `reorderMs`. */
  readonly reorder: number;
  readonly reorderMs: number;
  /** The odds that up to three bits flip. */
  readonly corrupt: number;
  /** Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** A datagram that would wait longer than this for its turn is dropped. */
  readonly queueMs: number;
  /** The odds that whoever sends to nowhere is told so. */
  readonly errorReports: number;
}

/** A quiet stretch of internet. */
export const CLEAR: Conditions = {
  delayMs: 20,
  jitterMs: 2,
  loss: 0,
  lossRepeat: undefined,
  lossesInRowMax: Infinity,
  duplicate: 0,
  reorder: 0,
  reorderMs: 50,
  corrupt: 0,
  bytesPerSecond: Infinity,
  queueMs: 200,
  errorReports: 0.5,
};

/** A local network: what crosses it is hardly delayed and never lost. */
export const LOCAL: Conditions = { ...CLEAR, delayMs: 0.3, jitterMs: 0.1 };

const FLIPPED_BITS_MAX = 3;

/** One direction between two stations of a segment. */
export class Link {
  /** Where they differ from the segment's. */
  conditions: Conditions | undefined;
  #lossesInRow = 0;
  #freeAtMs = 0;

  /** When each copy of a datagram sent now arrives: none if it is lost, several if doubled. */
  transit(now: number, conditions: Conditions, bytes: number, prng: Prng): readonly number[] {
    const queuedMs = this.#queue(now, conditions, bytes);
    if (queuedMs > conditions.queueMs || this.#isLost(conditions, prng)) return [];
    const first = now + queuedMs + delayOf(conditions, prng);
    if (!prng.chance(conditions.duplicate)) return [first];
    return [first, now + queuedMs + delayOf(conditions, prng)];
  }

  #queue(now: number, { bytesPerSecond, queueMs }: Conditions, bytes: number): number {
    if (bytesPerSecond === Infinity) return 0;
    const startMs = Math.max(now, this.#freeAtMs);
    if (startMs - now > queueMs) return Infinity;
    this.#freeAtMs = startMs + (1000 * bytes) / bytesPerSecond;
    return this.#freeAtMs - now;
  }

  #isLost({ loss, lossRepeat = loss, lossesInRowMax }: Conditions, prng: Prng): boolean {
    // A chain of two states spends `loss` of its steps in the lost one exactly with these odds.
    const start = loss >= 1 ? 1 : (loss * (1 - lossRepeat)) / (1 - loss);
    const odds = this.#lossesInRow > 0 ? lossRepeat : start;
    const isLost = this.#lossesInRow < lossesInRowMax && prng.chance(odds);
    this.#lossesInRow = isLost ? this.#lossesInRow + 1 : 0;
    return isLost;
  }
}

/** The same bytes with one to three bits flipped. */
export function corrupted(bytes: Uint8Array, prng: Prng): Uint8Array {
  const copy = bytes.slice();
  for (let flips = 1 + prng.below(FLIPPED_BITS_MAX); flips > 0; flips--) {
    const bit = prng.below(8 * copy.length);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  }
  return copy;
}

function delayOf({ delayMs, jitterMs, reorder, reorderMs }: Conditions, prng: Prng): number {
  const heldMs = prng.chance(reorder) ? reorderMs * prng.unit() : 0;
  return delayMs + jitterMs * prng.unit() + heldMs;
}
