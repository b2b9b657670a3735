import { TokenBucket } from "../base/bucket.ts";
import type { PeerId } from "../base/ids.ts";
import { Recent } from "./recent.ts";

/** A pair that finds no path is introduced again this long after the first introduction. */
export const INTRODUCTION_LADDER_MS = [500, 1000, 2000, 4000] as const;
/** And after the ladder at six a minute. */
export const INTRODUCTION_STEADY_MS = 10_000;

/** A request may be this early: the one that began the ladder may have been that late. */
export const INTRODUCTION_EARLY_MS = 100;

/** For somebody who did not ask, in any minute: half at once, half as the bucket refills. */
export const TARGET_PER_MINUTE = 128;

/** What one client can set off: 8 full rooms at once, and as many again in every minute. */
export const ASKER_BURST = 512;
export const ASKER_PER_MINUTE = 512;

/** A pair left alone this long begins a new ladder. */
export const PAIR_IDLE_MS = 60_000;

/** About 200 bytes each, 26 MB in all. Beyond, the pairs untouched longest may begin anew. */
export const PAIRS_MAX = 131_072;

/** As many clients as a directory has. Beyond, buckets untouched longest are taken as full. */
export const BUCKETS_MAX = 100_000;

/** A bucket is full again after this: forgetting it then changes nothing. */
const BUCKET_IDLE_MS = 60_000;

/** One side of an introduction. */
export interface Party {
  readonly peerId: PeerId;
  /** When its session began, or came to where it is now. */
  readonly sinceMs: number;
}

interface Pair {
  readonly firstAtMs: number;
  /** How often they were introduced. */
  readonly count: number;
  readonly nextAtMs: number;
}

/** Decides who may be introduced to whom again: per pair, per target and per asker. */
export class Introductions {
  readonly #pairs = new Recent<Pair>(PAIR_IDLE_MS, PAIRS_MAX);
  readonly #targets = new Recent<TokenBucket>(BUCKET_IDLE_MS, BUCKETS_MAX);
  readonly #askers = new Recent<TokenBucket>(BUCKET_IDLE_MS, BUCKETS_MAX);

  /**
   * How often `asker` and `target` were introduced before on this ladder, if they are to be
   * introduced now: it is then counted as done. Undefined if they are not.
   */
  admit(now: number, asker: Party, target: Party): number | undefined {
    const key = pairKey(asker, target);
    const pair = this.#pairs.get(now, key);
    if (pair !== undefined && now < pair.nextAtMs - INTRODUCTION_EARLY_MS) return undefined;

    const asking = this.#askers.get(now, asker.peerId) ?? askerBucket(now);
    const wanted = this.#targets.get(now, target.peerId) ?? targetBucket(now);
    // Whom the other's limit refuses has spent nothing of its own.
    if (!asking.has(now) || !wanted.take(now)) return undefined;
    asking.take(now);
    this.#askers.set(now, asker.peerId, asking);
    this.#targets.set(now, target.peerId, wanted);
    this.#pairs.set(now, key, introduced(now, pair));
    return pair?.count ?? 0;
  }

  handleTimeout(now: number): void {
    for (const table of [this.#pairs, this.#targets, this.#askers]) table.expire(now);
  }

  pollTimeout(): number {
    const buckets = Math.min(this.#targets.nextExpiry(), this.#askers.nextExpiry());
    return Math.min(this.#pairs.nextExpiry(), buckets);
  }
}

/**
 * The same from both sides, and another once one of them has a new session: that is a new run,
 * which knows nobody, and whose peers still talk to the one before; or once it has moved. 64 bits
 * of each id: pairs that share a key share a ladder, no more.
 */
export function pairKey(a: Party, b: Party): string {
  const [low, high] = a.peerId < b.peerId ? [a, b] : [b, a];
  return `${partyKey(low)} ${partyKey(high)}`;
}

function partyKey({ peerId, sinceMs }: Party): string {
  return `${peerId.slice(0, 16)}${sinceMs}`;
}

function askerBucket(now: number): TokenBucket {
  return new TokenBucket(now, ASKER_PER_MINUTE / 60, ASKER_BURST);
}

function targetBucket(now: number): TokenBucket {
  const perMinute = TARGET_PER_MINUTE / 2;
  return new TokenBucket(now, perMinute / 60, perMinute);
}

function introduced(now: number, before: Pair | undefined): Pair {
  const { firstAtMs, count, nextAtMs } = before ?? { firstAtMs: now, count: 0, nextAtMs: now };
  const step = INTRODUCTION_LADDER_MS[count];
  if (step === undefined) {
    // From the time planned, so that asking early does not raise the rate.
    const next = Math.max(now, nextAtMs) + INTRODUCTION_STEADY_MS;
    return { firstAtMs, count: count + 1, nextAtMs: next };
  }
  // Steps that nobody used do not pile up.
  const next = Math.max(firstAtMs + step, now + INTRODUCTION_LADDER_MS[0]);
  return { firstAtMs, count: count + 1, nextAtMs: next };
}
