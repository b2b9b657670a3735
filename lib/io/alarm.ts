import type { Clock } from "../base/clock.ts";

/** The longest time setTimeout can wait. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** A timer this late has missed what the clock stepped over: the machine was asleep. */
const SLEPT_MS = 1_000;

/** One timer that is set anew only for what is due earlier: a later deadline finds it and looks. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** When it rings, at the latest. */
  #ringsAtMs = Infinity;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** It rings then or before, and must be set again whenever it has. */
  setFor(dueAtMs: number): void {
    const now = this.#clock.now();
    const atMs = Math.max(dueAtMs, now);
    const hasSlept = this.#ringsAtMs < now - SLEPT_MS;
    if (atMs >= this.#ringsAtMs && !hasSlept) return;
    clearTimeout(this.#timer);
    this.#ringsAtMs = atMs;
    // It cuts fractions off and would ring too early.
    const waitMs = Math.ceil(atMs - now);
    this.#timer = setTimeout(() => this.#handleTimer(), Math.min(waitMs, TIMEOUT_MS_MAX));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#ringsAtMs = Infinity;
  }

  #handleTimer(): void {
    this.#ringsAtMs = Infinity;
    this.#ring();
  }
}
