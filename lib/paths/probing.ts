import { CANDIDATES_MAX } from "../wire/limits.ts";
import { Allowance, type Spent } from "./allowance.ts";
import { isSameWay, type Way } from "./way.ts";

/**
 * When a round of probes follows the one before, ms: quick at first, because a loss costs. Those of
 * one candidate go on until soon before its call is given up.
 */
const ROUNDS_MS = [0, 50, 100, 150, 200, 300, 400, 600, 1000, 1500, 1550];

/**
 * Calls that rounds leave for whoever shows where it is when they are over: it is called there at
 * once, where it did so by a punch, and again, ms apart: the one call that answers may be lost.
 */
export const PROBES_TO_SHOWN = 4;
const SHOWN_MS = 150;

/** Punches that one introduction has answered, that no forger uses up what is for its rounds. */
export const PUNCH_ANSWERS_MAX = 4;

/** What an introduction has caused before its first probe, which waits for so long. */
export interface Ahead extends Spent {
  readonly waitMs: number;
}

const NOTHING_AHEAD: Ahead = { datagrams: 0, bytes: 0, waitMs: 0 };

/** Sources of authenticated probes join the candidates; beyond this the oldest such leaves. */
const LEARNED_MAX = 4;

/**
 * Fans one probe, the handshake's first message, out over all candidates: a round at once, then on
 * a ladder until the introduction pays for no more. A new introduction begins a new ladder.
 */
export class Probing {
  readonly #probeBytes: number;
  #announced: readonly Way[] = [];
  #learned: Way[] = [];
  #queue: Way[] = [];
  #round = 0;
  #nextAtMs = Infinity;
  readonly #allowance = new Allowance();
  #answersLeft = 0;
  #shown: Way | undefined;
  readonly #toShown: Way[] = [];
  #toShownLeft = 0;
  #toShownAtMs = Infinity;

  /** `probeBytes`: the size of every probe. */
  constructor(probeBytes: number) {
    this.#probeBytes = probeBytes;
  }

  /** Everything that is tried, the announced first. */
  get candidates(): readonly Way[] {
    return [...this.#announced, ...this.#learned];
  }

  /** What the introduction still pays for. */
  get probesLeft(): number {
    return this.#allowance.datagrams;
  }

  get isExhausted(): boolean {
    const isSpent = this.#nextAtMs === Infinity && this.#queue.length === 0;
    return isSpent && this.#toShownAtMs === Infinity;
  }

  /** Starts again with all that one pays for, less what went ahead; what was learnt stays. */
  onIntroduction(now: number, candidates: readonly Way[], ahead = NOTHING_AHEAD): void {
    this.#announced = candidates.slice(0, CANDIDATES_MAX);
    this.#learned = this.#learned.filter((way) => !has(this.#announced, way));
    this.#allowance.renew(ahead);
    this.#answersLeft = PUNCH_ANSWERS_MAX;
    this.#round = 0;
    this.#queue = [];
    this.#toShownLeft = PROBES_TO_SHOWN;
    this.#toShownAtMs = Infinity;
    if (ahead.waitMs > 0) this.#nextAtMs = now + ahead.waitMs;
    else this.#startRound(now);
  }

  /**
   * A punch of the other side came from here, or of somebody who has seen its token. Whether it is
   * answered by a probe, at once: a few of many are.
   */
  onPunched(now: number, source: Way): boolean {
    if (this.#answersLeft === 0 || !this.#allowance.take(this.#probeBytes)) return false;
    this.#answersLeft -= 1;
    this.onAuthenticSource(now, source);
    return true;
  }

  /**
   * An authenticated probe of the other side came from here: the surest of all candidates. The
   * answer to it is not counted, because it never exceeds what came.
   */
  onAuthenticSource(now: number, source: Way): void {
    this.#shown = source;
    if (this.#toShownLeft > 0 && this.#toShownAtMs === Infinity) this.#toShownAtMs = now + SHOWN_MS;
    if (has(this.candidates, source)) return;
    this.#learned.push(source);
    if (this.#learned.length > LEARNED_MAX) this.#learned.shift();
  }

  /** Where the next probe goes now. */
  pollProbe(): Way | undefined {
    return this.#pollRound() ?? this.#pollShown();
  }

  #pollRound(): Way | undefined {
    this.#endRounds();
    const next = this.#queue.shift();
    if (next !== undefined) this.#allowance.take(this.#probeBytes);
    return next;
  }

  #pollShown(): Way | undefined {
    const next = this.#toShown.shift();
    return next !== undefined && this.#allowance.take(this.#probeBytes) ? next : undefined;
  }

  handleTimeout(now: number): void {
    this.#endRounds();
    if (now >= this.#nextAtMs) this.#startRound(now);
    if (now < this.#toShownAtMs) return;
    // Rounds go there too, as long as there are any.
    if (this.#nextAtMs === Infinity && this.#shown !== undefined) {
      this.#toShown.push(this.#shown);
      this.#toShownLeft -= 1;
    }
    const goesOn = this.#toShownLeft > 0 && this.#allowance.has(this.#probeBytes);
    this.#toShownAtMs = goesOn ? now + SHOWN_MS : Infinity;
  }

  pollTimeout(): number {
    return Math.min(this.#nextAtMs, this.#toShownAtMs);
  }

  /** What is left then is for whoever shows where it is. */
  #endRounds(): void {
    if (this.#allowance.has(this.#probeBytes, PROBES_TO_SHOWN)) return;
    this.#queue = [];
    this.#nextAtMs = Infinity;
  }

  #startRound(now: number): void {
    this.#queue = [...this.candidates];
    this.#round++;
    const gapMs = ROUNDS_MS[Math.min(this.#round, ROUNDS_MS.length - 1)] ?? Infinity;
    this.#nextAtMs = this.#queue.length === 0 ? Infinity : now + gapMs;
  }
}

function has(ways: readonly Way[], sought: Way): boolean {
  return ways.some((way) => isSameWay(way, sought));
}
