import { equalBytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { PATH_DATA_BYTES } from "../wire/frames.ts";
import type { Path, PathProbe } from "./pathset.ts";
import { isSameWay } from "./way.ts";

/** Gaps between rounds of challenges, ms; the last repeats. Quick at first: a loss costs. */
const SEARCH_GAPS_MS = [100, 200, 400, 600, 1_000];

/** Paths of one search: of those that come later the latest, besides all candidates. */
const TRIALS_MAX = 24;

/** A path that may lead to the peer. */
export interface Lead {
  readonly path: Path;
  /** The peer has answered there before: its challenges are not counted. */
  readonly isKnown: boolean;
}

interface Trial extends Lead, PathProbe {}

/** One look for a peer that may have moved, or no longer be reached: on all paths at once. */
export class PathSearch {
  readonly sinceMs: number;
  readonly #random: Random;
  #trials: readonly Trial[];
  /** Those that the peer has answered, the first first. */
  readonly #proved: Path[] = [];
  #queue: Trial[];
  #round = 0;
  #nextAtMs: number;

  constructor(now: number, random: Random, leads: readonly Lead[]) {
    this.sinceMs = now;
    this.#random = random;
    this.#trials = leads.map((lead) => ({ ...lead, data: random(PATH_DATA_BYTES) }));
    this.#queue = [...this.#trials];
    this.#nextAtMs = now + this.#gapMs;
  }

  /** More that may lead to the peer: those that are not tried already are, at once. */
  add(now: number, paths: readonly Path[]): void {
    const fresh = paths
      .filter((path) => !this.#trials.some((trial) => isSameWay(trial.path, path)))
      .map((path) => ({ path, isKnown: true, data: this.#random(PATH_DATA_BYTES) }));
    this.#trials = [...this.#trials, ...fresh].slice(-TRIALS_MAX);
    this.#queue.push(...fresh);
    if (fresh.length > 0) this.#nextAtMs = Math.min(this.#nextAtMs, now + this.#gapMs);
  }

  /** Where the peer has answered since, the first such place first. */
  get proved(): readonly Path[] {
    return this.#proved;
  }

  /** The path, where this answers one of its challenges for the first time. */
  onResponse(data: Uint8Array): Path | undefined {
    const found = this.#trials.find((trial) => equalBytes(trial.data, data));
    if (found === undefined || this.#proved.includes(found.path)) return undefined;
    this.#proved.push(found.path);
    return found.path;
  }

  /** The next challenge that is due; `pay` tells whether one to an unproved address may leave. */
  pollProbe(now: number, pay: () => boolean): PathProbe | undefined {
    if (now >= this.#nextAtMs) {
      this.#round += 1;
      this.#nextAtMs = now + this.#gapMs;
      this.#queue = this.#trials.filter(({ path }) => !this.#proved.includes(path));
    }
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined || next.isKnown || pay()) return next;
    }
  }

  /** Infinity once nothing more can be tried. */
  pollTimeout(canPay: boolean): number {
    const isOpen = this.#trials.some(({ isKnown, path }) => {
      return (isKnown || canPay) && !this.#proved.includes(path);
    });
    return isOpen ? this.#nextAtMs : Infinity;
  }

  get #gapMs(): number {
    return SEARCH_GAPS_MS[Math.min(this.#round, SEARCH_GAPS_MS.length - 1)] ?? Infinity;
  }
}
