import type { Address } from "../base/address.ts";
import { OTHERS_MAX } from "../wire/limits.ts";

/** When a client shows itself again until it has been seen, ms; the last goes on ever after. */
const SHOW_GAPS_MS = [250, 500, 1_000, 2_000, 20_000];

/** A server that says that it is elsewhere is believed once in so long. */
const OTHERS_GAP_MS = 30_000;

/**
 * When a client shows itself to its server by the other family of addresses than that by which it
 * talks to it: a server tells others only where it has seen somebody.
 */
export class Showing {
  #others: readonly Address[] = [];
  #believedAtMs = -Infinity;
  #isSeen = false;
  #round = 0;
  #shownAtMs = -Infinity;
  #nextAtMs = Infinity;

  /** `others`: where the server is, as it says; `isSeen`: that it has seen this client there. */
  onRegistered(now: number, others: readonly Address[], isSeen: boolean): void {
    const isNew = others.join() !== this.#others.join();
    if (isNew && now < this.#believedAtMs + OTHERS_GAP_MS) return;
    if (isNew) {
      this.#others = others.slice(0, OTHERS_MAX);
      this.#believedAtMs = now;
    }
    if (isNew || (this.#isSeen && !isSeen)) this.#begin(now);
    this.#isSeen = isSeen;
  }

  /** This client's own addresses have changed. */
  onHosts(now: number): void {
    this.#begin(now);
  }

  onClosed(): void {
    this.#others = [];
    this.#believedAtMs = -Infinity;
    this.#isSeen = false;
    this.#nextAtMs = Infinity;
  }

  /** Where to show itself now. */
  pollDue(now: number): readonly Address[] {
    if (now < this.#nextAtMs) return [];
    this.#shownAtMs = now;
    if (this.#isSeen) this.#round = SHOW_GAPS_MS.length - 1;
    const gapMs = SHOW_GAPS_MS[Math.min(this.#round, SHOW_GAPS_MS.length - 1)] ?? Infinity;
    this.#round += 1;
    this.#nextAtMs = now + gapMs;
    return this.#others;
  }

  pollTimeout(): number {
    return this.#nextAtMs;
  }

  #begin(now: number): void {
    this.#round = 0;
    const soonestMs = this.#shownAtMs + (SHOW_GAPS_MS[0] ?? 0);
    this.#nextAtMs = this.#others.length === 0 ? Infinity : Math.max(now, soonestMs);
  }
}
