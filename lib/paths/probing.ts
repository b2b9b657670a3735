import { CANDIDATES_MAX } from "../wire/limits.ts";
import { isSameWay, type Way } from "./way.ts";

/** When a round of probes follows the one before, ms: quick at first, because a loss costs. */
const ROUNDS_MS = [0, 50, 100, 150, 200, 300, 400, 600, 800, 1000];

/** What one introduction may cause at the most, whatever it claims. PROTOCOL.md §7. */
export const PROBES_PER_INTRODUCTION = 20;
export const PROBE_BYTES_PER_INTRODUCTION = 6000;

/**
 * Whoever has shown where it is when all that is spent is called there so often more, ms apart: the
 * one call that answers it may be lost.
 */
export const PROBES_TO_SHOWN = 4;
const SHOWN_MS = 150;

/** What an introduction has caused before its first probe, which waits for so long. */
export interface Ahead {
  readonly datagrams: number;
  readonly bytes: number;
  readonly waitMs: number;
}

const NOTHING_AHEAD: Ahead = { datagrams: 0, bytes: 0, waitMs: 0 };

/** Sources of authenticated probes join the candidates; beyond this the oldest such leaves. */
const LEARNED_MAX = 4;

/**
 * Fans one probe, the handshake's first message, out over all candidates: a round at once, then on
 * a ladder until the budget of the introduction is spent. A new introduction begins a new ladder.
 */
export class Probing {
  readonly #probeBytes: number;
  #announced: readonly Way[] = [];
  #learned: Way[] = [];
  #queue: Way[] = [];
  #round = 0;
  #nextAtMs = Infinity;
  #probesLeft = 0;
  #bytesLeft = 0;
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
    return this.#probesLeft;
  }

  get isExhausted(): boolean {
    const isSpent = this.#nextAtMs === Infinity && this.#queue.length === 0;
    return isSpent && this.#toShownAtMs === Infinity;
  }

  /** Starts again with a full budget, less what went ahead; what was learnt stays. */
  onIntroduction(now: number, candidates: readonly Way[], ahead = NOTHING_AHEAD): void {
    this.#announced = candidates.slice(0, CANDIDATES_MAX);
    this.#learned = this.#learned.filter((way) => !has(this.#announced, way));
    this.#probesLeft = Math.max(0, PROBES_PER_INTRODUCTION - ahead.datagrams);
    this.#bytesLeft = PROBE_BYTES_PER_INTRODUCTION - ahead.bytes;
    this.#round = 0;
    this.#queue = [];
    this.#toShownLeft = PROBES_TO_SHOWN;
    this.#toShownAtMs = Infinity;
    if (ahead.waitMs > 0) this.#nextAtMs = now + ahead.waitMs;
    else this.#startRound(now);
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
    return this.#pollRound() ?? this.#toShown.shift();
  }

  #pollRound(): Way | undefined {
    if (this.#probesLeft === 0 || this.#bytesLeft < this.#probeBytes) {
      this.#queue = [];
      this.#nextAtMs = Infinity;
      return undefined;
    }
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    this.#probesLeft--;
    this.#bytesLeft -= this.#probeBytes;
    return next;
  }

  handleTimeout(now: number): void {
    if (now >= this.#nextAtMs) this.#startRound(now);
    if (now < this.#toShownAtMs) return;
    // Rounds go there too, as long as there are any.
    if (this.#nextAtMs === Infinity && this.#shown !== undefined) {
      this.#toShown.push(this.#shown);
      this.#toShownLeft -= 1;
    }
    this.#toShownAtMs = this.#toShownLeft > 0 ? now + SHOWN_MS : Infinity;
  }

  pollTimeout(): number {
    return Math.min(this.#nextAtMs, this.#toShownAtMs);
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
