/** When it counts as said, ms: nobody's clock, however wrong, dates it into the future. */
export function datedMs(sentAtMs: number, nowMs: number): number {
  return Math.min(sentAtMs, nowMs);
}
