import type { PeerId } from "../../../base/ids.ts";

/** How long a measurement is kept, in ms. */
export const KEPT_MS = 300_000;

/** Measurements of one person; of more, the oldest is forgotten. */
export const SAMPLES_MAX = 300;

/** People who have a past; of more, whoever was measured longest ago is forgotten. */
export const MEASURED_MAX = 64;

/** A round trip, in ms; undefined where they were not connected, or nobody had measured it. */
export interface Sample {
  readonly atMs: number;
  readonly rttMs: number | undefined;
}

/** What the round trips to people were in the last five minutes. */
export class RttHistory {
  readonly #samples = new Map<PeerId, readonly Sample[]>();

  note(now: number, id: PeerId, rttMs: number | undefined): void {
    const known = this.of(id, now);
    // Put back, they are the last of all.
    this.#samples.delete(id);
    this.#samples.set(id, [...known, { atMs: now, rttMs }].slice(-SAMPLES_MAX));
    if (this.#samples.size <= MEASURED_MAX) return;
    for (const oldest of this.#samples.keys()) {
      this.#samples.delete(oldest);
      return;
    }
  }

  /** The first comes first; what a clock that was set has made of the future is left out. */
  of(id: PeerId, now: number): readonly Sample[] {
    const known = this.#samples.get(id) ?? [];
    return known.filter(({ atMs }) => atMs > now - KEPT_MS && atMs <= now);
  }

  get size(): number {
    return this.#samples.size;
  }
}
