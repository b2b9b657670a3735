import type { Random } from "../base/random.ts";

/** Gaps between the first announcements, RFC 6762 §8.3; the last ones are for a slow network. */
const ANNOUNCE_GAPS_MS = [1_000, 2_000, 4_000];

/** Gaps between questions, RFC 6762 §5.2; the last repeats: no announcement of 120 s ends. */
const ASK_GAPS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 50_000];

/** From so many questions on, those of others do as well. */
const EAGER_QUESTIONS = 3;

/** What everybody says on one occasion is spread over this time, RFC 6762 §6. */
const JITTER_MIN_MS = 20;
const JITTER_MAX_MS = 120;

/** The same is said to a network at most once in this time, RFC 6762 §6. */
const REPEAT_MS = 1_000;

export interface LanScheduleOptions {
  readonly now: number;
  readonly random: Random;
  /** Whether to look for others too. */
  readonly isLooking: boolean;
}

/** When to announce oneself on one network and when to ask for others. Knows no clock. */
export class LanSchedule {
  readonly #random: Random;
  #announcements = 0;
  #questions = 0;
  #announceAtMs: number;
  #askAtMs: number;
  #announcedAtMs = -Infinity;

  constructor({ now, random, isLooking }: LanScheduleOptions) {
    this.#random = random;
    this.#announceAtMs = now;
    this.#askAtMs = isLooking ? now + this.#jitterMs() : Infinity;
  }

  /** Somebody wants to hear the announcement. */
  onAsked(now: number): void {
    const atMs = Math.max(now + this.#jitterMs(), this.#announcedAtMs + REPEAT_MS);
    this.#announceAtMs = Math.min(this.#announceAtMs, atMs);
  }

  /** Somebody else has asked what we would ask: the answers are for all. RFC 6762 §7.3 */
  onOthersQuestion(now: number): void {
    if (this.#questions < EAGER_QUESTIONS || this.#askAtMs === Infinity) return;
    this.#askAtMs = Math.max(this.#askAtMs, now + this.#askGapMs() + this.#jitterMs());
  }

  poll(now: number): "announce" | "ask" | undefined {
    if (now >= this.#announceAtMs) {
      this.#announcedAtMs = now;
      this.#announceAtMs = now + (ANNOUNCE_GAPS_MS[this.#announcements] ?? Infinity);
      this.#announcements += 1;
      return "announce";
    }
    if (now < this.#askAtMs) return undefined;
    this.#askAtMs = now + this.#askGapMs() + this.#jitterMs();
    this.#questions += 1;
    return "ask";
  }

  pollTimeout(): number {
    return Math.min(this.#announceAtMs, this.#askAtMs);
  }

  #askGapMs(): number {
    return ASK_GAPS_MS[Math.min(this.#questions, ASK_GAPS_MS.length - 1)] ?? Infinity;
  }

  #jitterMs(): number {
    const [byte = 0] = this.#random(1);
    return JITTER_MIN_MS + ((JITTER_MAX_MS - JITTER_MIN_MS) * byte) / 256;
  }
}
