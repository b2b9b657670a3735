import { makeClock } from "../base/clock.ts";

export const systemClock = makeClock(
  () => performance.timeOrigin + performance.now(),
  () => Date.now(),
);
