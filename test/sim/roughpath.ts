import type { Conditions } from "./link.ts";
import type { Prng } from "./prng.ts";

/** A path that would be given up by most. */
export function roughPath(prng: Prng): Partial<Conditions> {
  const isNarrow = prng.chance(0.3);
  const isClogged = prng.chance(0.3);
  return {
    delayMs: 1 + prng.below(149),
    jitterMs: prng.below(50),
    loss: 0.3 * prng.unit(),
    lossRepeat: 0.5 * prng.unit(),
    duplicate: 0.1 * prng.unit(),
    reorder: 0.2 * prng.unit(),
    replay: 0.5 * prng.unit(),
    corrupt: 0.05 * prng.unit(),
    bitsPerSecond: isNarrow ? 200_000 + prng.below(10_000_000) : Infinity,
    clog: isClogged ? { everyMs: 1_500 + prng.below(8_500), forMs: prng.below(1_500) } : undefined,
    mtuBytes: 1280 + prng.below(221),
  };
}
