import type { DiskEvent } from "./diskevents.ts";

/**
 * A full disk still takes a little now and then: that it works is told when it has refused nothing
 * for so long, and for twice as long each time that it refuses again soon after.
 */
export const CALM_MS = 10_000;
export const CALM_MS_MAX = 600_000;

/** Tells once that the disk here begins to refuse, and once that it does so no more. */
export class DiskWatch {
  readonly #report: (event: DiskEvent) => void;
  #isRefusing = false;
  #refusedAtMs = -Infinity;
  #hasStored = false;
  #calmMs = CALM_MS;
  #workingSinceMs = -Infinity;

  constructor(report: (event: DiskEvent) => void) {
    this.#report = report;
  }

  /** It was asked to keep something, and has or has not. */
  handleStored(now: number, ok: boolean): void {
    if (ok) {
      this.#hasStored = true;
      return;
    }
    this.#refusedAtMs = now;
    this.#hasStored = false;
    if (this.#isRefusing) return;
    this.#isRefusing = true;
    const isAgain = now < this.#workingSinceMs + CALM_MS_MAX;
    this.#calmMs = isAgain ? Math.min(2 * this.#calmMs, CALM_MS_MAX) : CALM_MS;
    this.#report({ type: "disk", state: "refusing" });
  }

  handleTimeout(now: number): void {
    if (now < this.pollTimeout()) return;
    this.#isRefusing = false;
    this.#workingSinceMs = now;
    this.#report({ type: "disk", state: "working" });
  }

  pollTimeout(): number {
    return this.#isRefusing && this.#hasStored ? this.#refusedAtMs + this.#calmMs : Infinity;
  }
}
