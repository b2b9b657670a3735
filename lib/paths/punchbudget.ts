import { TokenBucket } from "../base/bucket.ts";
import { costOf } from "./punch.ts";
import type { Tactic } from "./tactics.ts";

/** Between the beginnings of two that cost a router hundreds of mappings, whomever they are for. */
export const PUNCH_GAP_MS = 20_000;

/**
 * So much later one may begin than it was told of: who introduces tells both sides to wait for the
 * one that has just had a turn; and the second introduction may have come faster than the first.
 */
const LATE_START_MS = 4_000;

/** Of two meetings half-way the second would take away the ports that the first aims at. */
const MEET_GAP_MS = 500;

/** Mappings that a router has to spare, at each introduction. */
const SOCKETS_CHEAP = 64;
const PROBES_CHEAP = 128;

/** Sockets of all punches at one time: the one that costs most, and as many for others. */
export const PUNCH_SOCKETS_MAX = 512;

/** Packets of all punches but the costly ones. */
export const PUNCH_PACKETS_BURST = 2048;
export const PUNCH_PACKETS_PER_SECOND = 64;

/** The costly ones for those who are neither known nor in a room with this node. */
export const STRANGER_PUNCHES_BURST = 3;
export const STRANGER_PUNCHES_PER_HOUR = 6;

/** What one wants to do, and for whom. */
export interface PunchWish {
  readonly tactic: Tactic;
  /** Sockets that other punches hold. */
  readonly socketsHeld: number;
  /** Somebody who is known, is sought by the person here, or is said to share a room. */
  readonly isTrusted: boolean;
  /** Whether it is the turn of the two; undefined where nobody says so. */
  readonly isTurn: boolean | undefined;
  /** In so many ms the turn begins. */
  readonly waitMs: number;
  /** So many ms calls alone are to have first. */
  readonly headStartMs: number;
}

/**
 * Bounds what all punches of a node cost together, whatever a server or a peer says: one costly one
 * at a time, and a share for strangers that leaves others theirs.
 */
export class PunchBudget {
  readonly #packets: TokenBucket;
  readonly #strangers: TokenBucket;
  #nextAtMs = -Infinity;
  #nextMeetAtMs = -Infinity;

  constructor(now: number) {
    this.#packets = new TokenBucket(now, PUNCH_PACKETS_PER_SECOND, PUNCH_PACKETS_BURST);
    const perSecond = STRANGER_PUNCHES_PER_HOUR / 3600;
    this.#strangers = new TokenBucket(now, perSecond, STRANGER_PUNCHES_BURST);
  }

  /** When it may begin, and it is then counted; undefined where it may not. */
  take(now: number, wish: PunchWish): number | undefined {
    const { sockets, packets } = costOf(wish.tactic);
    if (wish.socketsHeld + sockets > PUNCH_SOCKETS_MAX) return undefined;
    const isCostly = sockets > SOCKETS_CHEAP || packets > PROBES_CHEAP;
    return isCostly ? this.#takeCostly(now, wish) : this.#takeCheap(now, wish, packets);
  }

  #takeCostly(now: number, wish: PunchWish): number | undefined {
    const { isTurn, isTrusted, waitMs, headStartMs } = wish;
    const turnAtMs = Math.max(now + waitMs, this.#nextAtMs);
    if (isTurn === false || turnAtMs > now + LATE_START_MS) return undefined;
    if (!isTrusted && !this.#strangers.take(now)) return undefined;
    const atMs = turnAtMs + headStartMs;
    this.#nextAtMs = atMs + PUNCH_GAP_MS;
    return atMs;
  }

  #takeCheap(now: number, wish: PunchWish, packets: number): number | undefined {
    const { tactic, isTrusted, isTurn } = wish;
    const isMeeting = tactic.kind === "meet";
    if (isMeeting && (isTurn === false || now < this.#nextMeetAtMs)) return undefined;
    const reserved = isTrusted ? 0 : PUNCH_PACKETS_BURST / 2;
    if (!this.#packets.has(now, packets + reserved)) return undefined;
    this.#packets.take(now, packets);
    if (isMeeting) this.#nextMeetAtMs = now + MEET_GAP_MS;
    return now + wish.headStartMs;
  }
}
