import { makeClock } from "../../../base/clock.ts";

/**
 * The time of all that the page does and shows, as its node has it: a clock that is set back makes
 * nothing wait that is due.
 */
export const pageClock = makeClock(
  () => performance.timeOrigin + performance.now(),
  () => Date.now(),
);
