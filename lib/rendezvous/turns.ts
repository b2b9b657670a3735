import type { PeerId } from "../base/ids.ts";
import { decodeNatReport, type NatReport } from "../wire/nat.ts";
import { BUCKETS_MAX, type Party } from "./introductions.ts";
import { Recent } from "./recent.ts";

/**
 * Between two turns of one client. A little less than the 20 s that a client rests itself: what
 * was delayed on its way is made up for by waiting there.
 */
export const TURN_GAP_MS = 19_500;

/**
 * A pair to which its turn was of no use lets others go first, that are introduced within 10 s; and
 * each wait is twice the last.
 */
const PAIR_GAP_MS = TURN_GAP_MS + 10_000;
export const PAIR_GAP_MS_MAX = 320_000;

/** Pairs that have had turns. Beyond, the half that had them longest ago may begin anew. */
export const TURNS_PAIRS_MAX = 16_384;

interface PairTurns {
  readonly gapMs: number;
  readonly nextAtMs: number;
}

/**
 * Whose turn it is where two can meet only if both do what takes hundreds of mappings of a router:
 * a client does so with one other at a time, and with each in turn, and only who sees both knows
 * when both are free.
 */
export class Turns {
  readonly #lastAtMs = new Recent<number>(TURN_GAP_MS, BUCKETS_MAX);
  readonly #pairs = new Recent<PairTurns>(2 * PAIR_GAP_MS_MAX, TURNS_PAIRS_MAX);

  /** True if these two have it now; it is then counted. */
  take(now: number, a: Party, b: Party): boolean {
    if (!this.#isRested(now, a.peerId) || !this.#isRested(now, b.peerId)) return false;
    const key = a.peerId < b.peerId ? a.peerId + b.peerId : b.peerId + a.peerId;
    const { gapMs, nextAtMs } = this.#pairs.get(now, key) ?? { gapMs: PAIR_GAP_MS, nextAtMs: now };
    if (now < nextAtMs) return false;
    const doubled = Math.min(2 * gapMs, PAIR_GAP_MS_MAX);
    this.#pairs.set(now, key, { gapMs: doubled, nextAtMs: now + gapMs });
    for (const { peerId } of [a, b]) this.#lastAtMs.set(now, peerId, now);
    return true;
  }

  handleTimeout(now: number): void {
    this.#lastAtMs.expire(now);
    this.#pairs.expire(now);
  }

  pollTimeout(): number {
    return Math.min(this.#lastAtMs.nextExpiry(), this.#pairs.nextExpiry());
  }

  #isRested(now: number, peerId: PeerId): boolean {
    return this.#lastAtMs.get(now, peerId) === undefined;
  }
}

/**
 * Whether two with these reports meet only by chance among many ports: one of them is given those
 * by chance, and the other lets in only whom it has called. Nothing is lost where it is not so.
 */
export function needsTurn(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  const [one, other] = [a && decodeNatReport(a), b && decodeNatReport(b)];
  if (one === undefined || other === undefined) return false;
  const [hard, easy] = isByChance(one) ? [one, other] : [other, one];
  const isHopeful = isByChance(hard) && !isByChance(easy) && !hard.isBlocked && !easy.isBlocked;
  return isHopeful && easy.filtering !== "endpoint-independent";
}

/** Seen from one address only, what depends on the address looks as if it did not. */
function isByChance({ mapping, allocation, compared }: NatReport): boolean {
  const isHard = mapping !== "endpoint-independent" || !compared.addresses;
  return isHard && (allocation.kind === "random" || allocation.kind === "block");
}
