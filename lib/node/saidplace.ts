import type { Place } from "../chat/order.ts";

/** An entry's place in the order of its room, which its author's id completes. */
export interface SaidPlace {
  /** What its hybrid clock said, ms since 1970: it may be ahead of every other. */
  readonly sentAtMs: number;
  /** How often that clock stood still before it. */
  readonly tick: number;
  readonly seq: number;
}

export function saidPlaceOf({ time, seq }: Omit<Place, "author">): SaidPlace {
  return { sentAtMs: time.wallMs, tick: time.tick, seq };
}
