import type { PeerId } from "../base/ids.ts";
import type { Gap } from "./chain.ts";

/** An author that is here and still sending is left so long to it, and so often. */
export const COMING_MS = 2_000;
const COMING_MAX = 3;

/** What nobody here had is asked for again after so long, then after twice as long each time. */
export const MISSING_RETRY_MS = 5_000;
const MISSING_RETRY_MS_MAX = 300_000;

/** What was tried to fill the gaps of one chain, and did not help. */
export class Tries {
  /** By the last seq of a gap: who does not have it, or does not give it. */
  readonly #without = new Map<number, Set<PeerId>>();
  /** Gaps in which their author wrote what cannot be taken from anybody. */
  readonly #broken = new Set<number>();
  /** How often its author said that it is sending, while the chain stayed at this seq. */
  #comings = 0;
  #headSeq = 0;
  #retryMs = MISSING_RETRY_MS;
  /** Nobody is asked before. */
  untilMs = -Infinity;
  /** Everybody who is here was asked for everything. */
  isHopeless = false;

  mayHave(peer: PeerId, { to }: Gap): boolean {
    return !this.#broken.has(to) && this.#without.get(to)?.has(peer) !== true;
  }

  onMissing(peer: PeerId, to: number): void {
    const without = this.#without.get(to) ?? new Set<PeerId>();
    this.#without.set(to, without.add(peer));
  }

  onBroken(to: number): void {
    this.#broken.add(to);
  }

  onProgress(): void {
    this.#retryMs = MISSING_RETRY_MS;
  }

  /** A peer may have what it had not. */
  onNews(peer: PeerId): void {
    for (const without of this.#without.values()) without.delete(peer);
    this.isHopeless = false;
  }

  /** Whether its author, who says that more is coming, is to be believed once more. */
  isComing(headSeq: number): boolean {
    this.#comings = headSeq === this.#headSeq ? this.#comings + 1 : 1;
    this.#headSeq = headSeq;
    return this.#comings <= COMING_MAX;
  }

  /** Gaps that are there no more need no memory. */
  retain(gaps: readonly Gap[]): void {
    const there = new Set(gaps.map(({ to }) => to));
    for (const to of this.#without.keys()) if (!there.has(to)) this.#without.delete(to);
    for (const to of this.#broken) if (!there.has(to)) this.#broken.delete(to);
  }

  /** After how long all of it is tried again. */
  despair(): number {
    const ms = this.#retryMs;
    this.isHopeless = true;
    this.#retryMs = Math.min(2 * ms, MISSING_RETRY_MS_MAX);
    return ms;
  }

  hope(): void {
    this.isHopeless = false;
    this.#comings = 0;
    this.#without.clear();
  }
}
