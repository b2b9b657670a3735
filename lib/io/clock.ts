/** Where the time of a machine comes from. */
export interface Clock {
  /** Milliseconds since the Unix epoch, fractional; never goes back and does not jump. */
  now(): number;
}

/** The wall clock as it was when the process began, and from there on the monotonic one. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
};
