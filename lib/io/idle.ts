import type { Clock } from "../base/clock.ts";

/** Nothing has happened for so long: nobody waits for anything. */
export const IDLE_MS = 250;

/** But where something always happens, as among hundreds of people, a step is done so often. */
export const BUSY_MS = 2_000;

/** Between two steps: whoever comes waits for one of them, and the machine stays cool. */
export const REST_MS = 20;

/** Does what can wait, step by step, while nothing else happens. */
export class Idle {
  readonly #clock: Clock;
  readonly #step: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #activeAtMs = 0;
  #steppedAtMs = -Infinity;
  #isClosed = false;

  /** `step`: false where nothing is left to do until something happens. */
  constructor(clock: Clock, step: () => boolean) {
    this.#clock = clock;
    this.#step = step;
  }

  /** Something happened: there may be more to do, and not now. */
  onActive(now: number): void {
    this.#activeAtMs = now;
    if (this.#steppedAtMs === -Infinity) this.#steppedAtMs = now;
    if (this.#timer === undefined) this.#wait(IDLE_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#handleTimer(), ms);
    // It is no reason to go on.
    this.#timer.unref();
  }

  #handleTimer(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const quietMs = now - this.#activeAtMs;
    if (quietMs < IDLE_MS && now - this.#steppedAtMs < BUSY_MS) {
      this.#wait(Math.ceil(IDLE_MS - quietMs));
      return;
    }
    this.#steppedAtMs = now;
    if (this.#step()) this.#wait(REST_MS);
  }
}
