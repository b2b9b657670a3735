import type { Lifetime } from "./lifetime.ts";

/** Until the life of a mapping is measured: well below the shortest seen, 30 s, with two losses. */
export const KEEPALIVE_MS = 8_000;

/** Longer than this is of no use: a peer that is gone is to be missed. */
export const KEEPALIVE_MS_MAX = 25_000;

/** Of a mapping's life, so that a lost one is asked for again before its end. */
const LIFE_SHARE = 0.7;

/** How long a path through a router with such mappings may rest. */
export function keepaliveMs({ atLeastMs, belowMs }: Lifetime): number {
  // Where not even the shortest rest was survived, half of it is as good a guess as any.
  const lifeMs = atLeastMs > 0 ? atLeastMs : belowMs / 2;
  const restMs = Math.min(KEEPALIVE_MS_MAX, LIFE_SHARE * lifeMs);
  const isMeasured = belowMs < Infinity;
  if (isMeasured) return restMs;
  return atLeastMs > 0 ? Math.max(KEEPALIVE_MS, restMs) : KEEPALIVE_MS;
}
