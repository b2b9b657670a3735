import { type HybridTime, TICK_MAX } from "../wire/entry.ts";

const YEAR_MS = 31_557_600_000;

/**
 * How far ahead of this machine's clock another's time is still followed: two clocks that are each
 * wrong by ten years are twenty apart, and what is written must sort after what its author had
 * read. It is a bound nevertheless: nobody can drag a room to where no time is left to write.
 */
export const SKEW_MAX_MS = 25 * YEAR_MS;

/**
 * A hybrid logical clock's next reading (Kulkarni et al., 2014): above `last`, the author's own one
 * before, and `heard`, the latest of the room that is near, and the wall clock's where that is
 * higher still. So an answer sorts after its question.
 */
export function nextReading(now: number, last: HybridTime, heard: HybridTime): HybridTime {
  const below = compareTime(last, heard) > 0 ? last : heard;
  const wallMs = Math.floor(now);
  return wallMs > below.wallMs ? { wallMs, tick: 0 } : successor(below);
}

export function compareTime(a: HybridTime, b: HybridTime): number {
  return a.wallMs - b.wallMs || a.tick - b.tick;
}

/** Whether a clock at `now` follows this time. */
export function isNear(now: number, time: HybridTime): boolean {
  return time.wallMs <= now + SKEW_MAX_MS;
}

function successor({ wallMs, tick }: HybridTime): HybridTime {
  return tick < TICK_MAX ? { wallMs, tick: tick + 1 } : { wallMs: wallMs + 1, tick: 0 };
}
