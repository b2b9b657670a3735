import type { Tactic } from "./tactics.ts";

/** Between the beginnings of two that cost a router hundreds of mappings. */
const PUNCH_GAP_MS = 20_000;

/** Lets one costly tactic begin at a time, and rests before the next. */
export class PunchBudget {
  #nextAtMs = -Infinity;

  /** Whether it may begin; it is then counted. A prediction is as cheap as an introduction. */
  take(now: number, tactic: Tactic): boolean {
    if (tactic.kind === "predict") return true;
    if (now < this.#nextAtMs) return false;
    this.#nextAtMs = now + PUNCH_GAP_MS;
    return true;
  }
}
