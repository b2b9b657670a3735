import type { Tactic } from "./tactics.ts";

/** Between the beginnings of two that cost a router hundreds of mappings. */
const PUNCH_GAP_MS = 20_000;

/** Mappings that a router has to spare, at each introduction. */
const SOCKETS_CHEAP = 64;
const PROBES_CHEAP = 128;

/** Lets one costly tactic begin at a time, and rests before the next. */
export class PunchBudget {
  #nextAtMs = -Infinity;

  /** Whether it may begin; it is then counted. What costs no more than an introduction does may. */
  take(now: number, tactic: Tactic): boolean {
    if (!isCostly(tactic)) return true;
    if (now < this.#nextAtMs) return false;
    this.#nextAtMs = now + PUNCH_GAP_MS;
    return true;
  }
}

function isCostly(tactic: Tactic): boolean {
  switch (tactic.kind) {
    case "predict":
    case "meet":
      return false;
    case "spread":
      return tactic.sockets > SOCKETS_CHEAP;
    case "search":
      return tactic.probes > PROBES_CHEAP;
    default:
      return tactic satisfies never;
  }
}
