import { type HybridTime, TICK_MAX } from "../wire/entry.ts";

/** How far ahead of this machine's clock another's time is still followed. */
export const SKEW_MAX_MS = 60_000;

/**
 * A hybrid logical clock (Kulkarni et al., 2014): readings only rise, and rise above everything
 * heard, so that an answer sorts after its question. A time too far ahead is left alone: nobody can
 * drag this clock into the future.
 */
export class HybridClock {
  #last: HybridTime;
  #heard: HybridTime;

  /** `own` is the last reading an own entry has, `heard` the latest of anybody's. */
  constructor(own: HybridTime, heard: HybridTime) {
    this.#last = own;
    this.#heard = heard;
  }

  /** A reading above every one before. */
  next(now: number): HybridTime {
    this.#follow(now);
    const wallMs = Math.floor(now);
    if (wallMs > this.#last.wallMs) this.#last = { wallMs, tick: 0 };
    else this.#last = successor(this.#last);
    return this.#last;
  }

  onHeard(now: number, time: HybridTime): void {
    if (isNear(now, time) && compareTime(time, this.#heard) > 0) this.#heard = time;
  }

  #follow(now: number): void {
    if (isNear(now, this.#heard) && compareTime(this.#heard, this.#last) > 0) {
      this.#last = this.#heard;
    }
  }
}

export function compareTime(a: HybridTime, b: HybridTime): number {
  return a.wallMs - b.wallMs || a.tick - b.tick;
}

/** The latest reading among these, zeros where there are none. */
export function latestTime(times: readonly { readonly time: HybridTime }[]): HybridTime {
  let latest: HybridTime = { wallMs: 0, tick: 0 };
  for (const { time } of times) if (compareTime(time, latest) > 0) latest = time;
  return latest;
}

function isNear(now: number, time: HybridTime): boolean {
  return time.wallMs <= now + SKEW_MAX_MS;
}

function successor({ wallMs, tick }: HybridTime): HybridTime {
  return tick < TICK_MAX ? { wallMs, tick: tick + 1 } : { wallMs: wallMs + 1, tick: 0 };
}
