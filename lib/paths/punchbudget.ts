import type { Tactic } from "./tactics.ts";

/**
 * Between the beginnings of two that cost a router hundreds of mappings. No multiple of the 10 s at
 * which introductions are repeated, or chance would let one side begin alone.
 */
const PUNCH_GAP_MS = 18_000;

/** Of two meetings half-way the second would take away the ports that the first aims at. */
const MEET_GAP_MS = 700;

/** Mappings that a router has to spare, at each introduction. */
const SOCKETS_CHEAP = 64;
const PROBES_CHEAP = 128;

/** Lets one costly tactic begin at a time, and rests before the next. */
export class PunchBudget {
  #nextAtMs = -Infinity;
  #nextMeetAtMs = -Infinity;

  /** Whether it may begin; it is then counted. What costs no more than an introduction does may. */
  take(now: number, tactic: Tactic): boolean {
    if (tactic.kind === "meet") {
      if (now < this.#nextMeetAtMs) return false;
      this.#nextMeetAtMs = now + MEET_GAP_MS;
      return true;
    }
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
