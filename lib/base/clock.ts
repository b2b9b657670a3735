/** Where the time of a machine comes from. */
export interface Clock {
  /** Milliseconds since the Unix epoch, fractional; never goes back, and jumps only over sleep. */
  now(): number;
}

/** The monotonic clock stands still while the machine sleeps; by more than this it was asleep. */
const SLEEP_MS = 1000;

/**
 * The wall clock as it was at the start, and from there on the monotonic one. It steps forward to
 * the wall clock after a sleep: what was due meanwhile is due then, and new entries are not dated
 * hours back. A wall clock that is set back is not followed.
 */
export function makeClock(monotonic: () => number, wall: () => number): Clock {
  let aheadMs = 0;
  return {
    now: () => {
      const now = monotonic() + aheadMs;
      const behindMs = wall() - now;
      if (behindMs <= SLEEP_MS) return now;
      aheadMs += behindMs;
      return now + behindMs;
    },
  };
}
