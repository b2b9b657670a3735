import type { PeerId } from "../base/ids.ts";
import type { ProbeCounts } from "../wire/probes.ts";
import { Recent } from "./recent.ts";

/** Beyond, what was said longest ago is forgotten. About 200 bytes each, 13 MB in all. */
export const SAID_MAX = 65_536;

/** Six introductions of a pair that finds no path. */
const SAID_MS = 60_000;

/** Digits of an id: who shares them with another is told the other's counts, no more. */
const ID_DIGITS = 16;

/** What those who seek one another say of their attempts, until the other is told. */
export class Said {
  readonly #counts = new Recent<ProbeCounts>(SAID_MS, SAID_MAX);

  set(now: number, by: PeerId, of: PeerId, counts: ProbeCounts): void {
    this.#counts.set(now, keyOf(by, of), counts);
  }

  get(now: number, by: PeerId, of: PeerId): ProbeCounts | undefined {
    return this.#counts.get(now, keyOf(by, of));
  }

  handleTimeout(now: number): void {
    this.#counts.expire(now);
  }

  pollTimeout(): number {
    return this.#counts.nextExpiry();
  }
}

function keyOf(by: PeerId, of: PeerId): string {
  return by.slice(0, ID_DIGITS) + of.slice(0, ID_DIGITS);
}
