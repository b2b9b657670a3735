import type { HybridTime } from "../wire/entry.ts";
import { compareTime, nextReading } from "./clock.ts";
import { type Chain, endOf, type Log } from "./log.ts";

/**
 * The times of one's own entries: each above all of its chain and all that is held of its room. A
 * room has a clock of its own: whoever drags one ahead leaves the others alone.
 */
export class Readings {
  readonly #log: Log;
  /** The last given, which may not be on its way to the disk yet. */
  readonly #last = new Map<Chain, HybridTime>();

  constructor(log: Log) {
    this.#log = log;
  }

  next(now: number, chain: Chain): HybridTime {
    const { time } = endOf(chain);
    const given = this.#last.get(chain);
    const last = given !== undefined && compareTime(given, time) > 0 ? given : time;
    const reading = nextReading(now, last, this.#log.latestIn(chain.room, now));
    this.#last.set(chain, reading);
    return reading;
  }
}
