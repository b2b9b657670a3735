import type { PeerId } from "../base/ids.ts";
import { decodeNatReport, type NatReport } from "../wire/nat.ts";
import { BUCKETS_MAX, pairKey, type Party } from "./introductions.ts";
import { Recent } from "./recent.ts";

/**
 * From the beginning of one client's turn to that of its next, for what takes hundreds of mappings:
 * the 20 s that a client rests itself, and what an introduction may come late.
 */
export const TURN_REST_MS = 20_500;

/** One that begins so soon is given: who was introduced at 0.5, 1 or 2 s is so again at 19 s. */
export const TURN_WAIT_MS = 4_000;

/** For what others' mappings would disturb, but is soon done. */
export const SHORT_TURN_REST_MS = 600;

/** Between two turns of a pair, at first: they are introduced again after 15 s. */
export const PAIR_GAP_MS = 14_500;

/**
 * A pair to which its turn was of no use lets others go first that were refused theirs meanwhile:
 * they are introduced within 15 s. And each wait is twice the last, up to so many times the first.
 */
const OTHERS_FIRST_MS = 15_000;
export const PAIR_WAITS_MAX = 16;

/** Pairs that have had turns. Beyond, the half that had them longest ago may begin anew. */
export const TURNS_PAIRS_MAX = 16_384;

/** Longer than the longest wait. */
const PAIR_AGE_MS = 2 * PAIR_WAITS_MAX * PAIR_GAP_MS;

interface PairTurns {
  readonly gapMs: number;
  readonly nextAtMs: number;
}

/** How long a turn takes. */
export type TurnLength = "long" | "short";

interface TurnTimes {
  readonly restMs: number;
  readonly waitMs: number;
  readonly gapMs: number;
}

const TIMES: Readonly<Record<TurnLength, TurnTimes>> = {
  long: { restMs: TURN_REST_MS, waitMs: TURN_WAIT_MS, gapMs: PAIR_GAP_MS },
  short: { restMs: SHORT_TURN_REST_MS, waitMs: 0, gapMs: SHORT_TURN_REST_MS },
};

/**
 * Whose turn it is where two can meet only if both do at one time what a client can do with one
 * other at a time: each has its turn with each, and only who sees both knows when both are free.
 */
export class Turns {
  /** Of each client and length. */
  readonly #restedAtMs = new Recent<number>(TURN_REST_MS + TURN_WAIT_MS, BUCKETS_MAX);
  readonly #pairs = new Recent<PairTurns>(PAIR_AGE_MS, TURNS_PAIRS_MAX);
  /** Of a client: the pair that was last refused, for one of the two had not rested, or had it. */
  readonly #wanting = new Recent<string>(TURN_REST_MS, BUCKETS_MAX);

  /** In how many ms these two have it, and it is then counted; undefined if it is not theirs. */
  take(now: number, a: Party, b: Party, length: TurnLength): number | undefined {
    const [low, high] = a.peerId < b.peerId ? [a.peerId, b.peerId] : [b.peerId, a.peerId];
    const key = `${length} ${pairKey(a, b)}`;
    const times = TIMES[length];
    const { gapMs, nextAtMs } = this.#pairs.get(now, key) ?? { ...times, nextAtMs: -Infinity };
    const resting = [low, high].map((peerId) => `${length} ${peerId}`);
    const beginAtMs = Math.max(...resting.map((it) => this.#restedAtMs.get(now, it) ?? now), now);
    const areRested = beginAtMs <= now + times.waitMs;
    const isYielding = length === "long" && this.#othersWant(now, key, low, high);
    if (areRested && now < nextAtMs + (isYielding ? OTHERS_FIRST_MS : 0)) return undefined;
    for (const peerId of [low, high]) this.#wanting.set(now, peerId, key);
    if (!areRested) return undefined;
    const doubledMs = Math.min(2 * gapMs, PAIR_WAITS_MAX * times.gapMs);
    this.#pairs.set(now, key, { gapMs: doubledMs, nextAtMs: now + gapMs });
    for (const it of resting) this.#restedAtMs.set(now, it, beginAtMs + times.restMs);
    return beginAtMs - now;
  }

  handleTimeout(now: number): void {
    for (const table of [this.#restedAtMs, this.#pairs, this.#wanting]) table.expire(now);
  }

  pollTimeout(): number {
    const clients = Math.min(this.#restedAtMs.nextExpiry(), this.#wanting.nextExpiry());
    return Math.min(this.#pairs.nextExpiry(), clients);
  }

  #othersWant(now: number, key: string, ...peers: readonly PeerId[]): boolean {
    return peers.some((peerId) => (this.#wanting.get(now, peerId) ?? key) !== key);
  }
}

/**
 * What turn two with these reports need, if any. A long one where they meet only by chance among
 * many ports: one of them is given those by chance, and the other lets in only whom it has called.
 * A short one where both are given the next of a sequence. Nothing is lost where it is not so.
 */
export function neededTurn(
  a: Uint8Array | undefined,
  b: Uint8Array | undefined,
): TurnLength | undefined {
  const [one, other] = [a && decodeNatReport(a), b && decodeNatReport(b)];
  if (one === undefined || other === undefined) return undefined;
  if (one.isBlocked || other.isBlocked) return undefined;
  if (isGiven(one, "sequential") && isGiven(other, "sequential")) return "short";
  const [hard, easy] = isByChance(one) ? [one, other] : [other, one];
  const isHopeful =
    isByChance(hard) && !isByChance(easy) && easy.mapping === "endpoint-independent";
  return isHopeful && easy.filtering !== "endpoint-independent" ? "long" : undefined;
}

function isByChance(report: NatReport): boolean {
  return isGiven(report, "random") || isGiven(report, "block");
}

/** Seen from one address only, what depends on the address looks as if it did not. */
function isGiven(report: NatReport, how: NatReport["allocation"]["kind"]): boolean {
  const { mapping, allocation, compared } = report;
  const isHard = mapping !== "endpoint-independent" || !compared.addresses;
  return isHard && allocation.kind === how;
}
