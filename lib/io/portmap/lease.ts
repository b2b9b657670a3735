/** What is asked for. RFC 6886 §3.3 */
export const LEASE_MS = 7_200_000;

/** A router that grants more is asked again no later than one that grants a day. */
const LEASE_MS_MAX = 86_400_000;

/** Nor is one that grants next to nothing asked more often than this. */
const ASK_MS_MIN = 30_000;

/** After a refusal or silence; doubled each time. */
const RETRY_MS_MIN = 60_000;
const RETRY_MS_MAX = 1_800_000;

/** Tests cannot wait for minutes. */
export interface LeasePace {
  readonly askMsMin: number;
  readonly retryMsMin: number;
}

export const LEASE_PACE: LeasePace = { askMsMin: ASK_MS_MIN, retryMsMin: RETRY_MS_MIN };

/** When to ask a router for a mapping, and when again. */
export class Lease {
  readonly #pace: LeasePace;
  #askAtMs: number;
  #endsAtMs = -Infinity;
  #refusals = 0;

  /** To be asked for at once. */
  constructor(now: number, pace: LeasePace) {
    this.#pace = pace;
    this.#askAtMs = now;
  }

  isHeld(now: number): boolean {
    return now < this.#endsAtMs;
  }

  /** When to ask; Infinity while a question is under way. */
  get askAtMs(): number {
    return this.#askAtMs;
  }

  /** When it is lost, unless it is granted again before. */
  get endsAtMs(): number {
    return this.#endsAtMs;
  }

  onAsked(): void {
    this.#askAtMs = Infinity;
  }

  onGranted(now: number, leaseMs: number): void {
    const grantedMs = Math.min(leaseMs, LEASE_MS_MAX);
    this.#refusals = 0;
    this.#endsAtMs = now + grantedMs;
    this.#askAtMs = now + Math.max(grantedMs / 2, this.#pace.askMsMin);
  }

  /**
   * Refused, or silence. A mapping that is held is asked for again at half of what is left, as
   * RFC 6887 §11.2.1 has it.
   */
  onRefused(now: number): void {
    const backoffMs = Math.min(this.#pace.retryMsMin * 2 ** this.#refusals, RETRY_MS_MAX);
    this.#refusals += 1;
    const leftMs = this.isHeld(now) ? (this.#endsAtMs - now) / 2 : backoffMs;
    this.#askAtMs = now + Math.max(Math.min(leftMs, backoffMs), this.#pace.askMsMin);
  }

  /** The router has forgotten it, or one is elsewhere. */
  onLost(now: number): void {
    this.#endsAtMs = -Infinity;
    this.#refusals = 0;
    this.#askAtMs = now;
  }
}
