import type { Prng } from "./prng.ts";

/** The last `forMs` of every `everyMs`. */
export interface Rhythm {
  readonly everyMs: number;
  readonly forMs: number;
}

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
  /** The odds that somebody on the way sends it again, up to `replayMs` later. */
  readonly replay: number;
  readonly replayMs: number;
  /** The odds that up to three bits flip. */
  readonly corrupt: number;
  /** Infinity for no bottleneck. */
  readonly bitsPerSecond: number;
  /** A datagram for which the bottleneck's queue has no room is dropped. */
  readonly queueBytes: number;
  /** An IP packet larger than this is dropped without a word. */
  readonly mtuBytes: number;
  /** While it lasts everything is dropped. */
  readonly blackhole: Rhythm | undefined;
  /** While it lasts nothing arrives; at its end everything does. */
  readonly clog: Rhythm | undefined;
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
  replay: 0,
  replayMs: 5_000,
  corrupt: 0,
  bitsPerSecond: Infinity,
  queueBytes: 2 ** 16,
  mtuBytes: 1500,
  blackhole: undefined,
  clog: undefined,
  errorReports: 0.5,
};

/** A local network: what crosses it is hardly delayed and never lost. */
export const LOCAL: Conditions = { ...CLEAR, delayMs: 0.3, jitterMs: 0.1 };

/** What IPv4 and UDP put before a datagram. */
export const HEADER_BYTES = 28;

const FLIPPED_BITS_MAX = 3;

/** One direction between two stations of a segment. */
export class Link {
  /** Where they differ from the segment's. */
  conditions: Conditions | undefined;
  #lossesInRow = 0;
  #freeAtMs = 0;

  /** When each copy of a datagram sent now arrives: none if it is lost, several if doubled. */
  transit(now: number, conditions: Conditions, bytes: number, prng: Prng): readonly number[] {
    const size = HEADER_BYTES + bytes;
    if (size > conditions.mtuBytes || restOf(conditions.blackhole, now) > 0) return [];
    const leftAtMs = this.#queue(now, conditions, size);
    if (leftAtMs === Infinity || this.#isLost(conditions, prng)) return [];
    const times = [leftAtMs + delayOf(conditions, prng)];
    if (prng.chance(conditions.duplicate)) times.push(leftAtMs + delayOf(conditions, prng));
    if (prng.chance(conditions.replay)) {
      times.push(leftAtMs + delayOf(conditions, prng) + conditions.replayMs * prng.unit());
    }
    return times.map((atMs) => atMs + restOf(conditions.clog, atMs));
  }

  /** When its last bit has left the bottleneck. */
  #queue(now: number, { bitsPerSecond, queueBytes }: Conditions, size: number): number {
    if (bitsPerSecond === Infinity) return now;
    const startMs = Math.max(now, this.#freeAtMs);
    const waitingBytes = ((startMs - now) * bitsPerSecond) / 8000;
    if (waitingBytes + size > queueBytes) return Infinity;
    this.#freeAtMs = startMs + (8000 * size) / bitsPerSecond;
    return this.#freeAtMs;
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

/** How long what has a rhythm still lasts at a moment; 0 where it does not. */
function restOf(rhythm: Rhythm | undefined, atMs: number): number {
  if (rhythm === undefined) return 0;
  const leftMs = rhythm.everyMs - (atMs % rhythm.everyMs);
  return leftMs <= rhythm.forMs ? leftMs : 0;
}
