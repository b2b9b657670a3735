import { Deadlines } from "../base/deadlines.ts";
import type { PeerId } from "../base/ids.ts";

/** When who is sought is asked for again; the last repeats. A member knows few, so it grows. */
const ROUND_GAPS_MS = [500, 1000, 2000, 4000, 10_000, 20_000, 40_000, 60_000];

/** Peers sought; beyond, the one that was sought first is not any more. */
export const SOUGHT_MAX = 512;

/** Whoever newly may know of somebody is asked this soon, together with others that come then. */
export const HURRY_MS = 500;

interface Sought {
  round: number;
  dueAtMs: number;
}

/**
 * When members are to be asked for whom. Each time others are, so that the rounds go on until the
 * peer is no longer sought; who is away for good is asked for ever more seldom.
 */
export class Rounds {
  readonly #sought = new Map<PeerId, Sought>();
  readonly #deadlines = new Deadlines<PeerId>();

  /** Who is sought already keeps its place. */
  add(atMs: number, peerId: PeerId): void {
    if (this.#sought.has(peerId)) return;
    const [first] = this.#sought.keys();
    if (first !== undefined && this.#sought.size >= SOUGHT_MAX) this.delete(first);
    this.#sought.set(peerId, { round: 0, dueAtMs: atMs });
    this.#deadlines.set(peerId, atMs);
  }

  delete(peerId: PeerId): void {
    this.#sought.delete(peerId);
    this.#deadlines.delete(peerId);
  }

  /** Somebody else can be asked now: who was asked for in vain is, soon. */
  hurry(now: number): void {
    for (const [peerId, sought] of this.#sought) {
      if (sought.round === 0 || sought.dueAtMs <= now + HURRY_MS) continue;
      this.#setDue(peerId, sought, now + HURRY_MS);
    }
  }

  /** Somebody to ask for now, and how often that was done before. */
  pollDue(now: number): { readonly peerId: PeerId; readonly round: number } | undefined {
    const peerId = this.#deadlines.pollDue(now);
    const sought = peerId === undefined ? undefined : this.#sought.get(peerId);
    if (peerId === undefined || sought === undefined) return undefined;
    const { round } = sought;
    sought.round += 1;
    const gapMs = ROUND_GAPS_MS[Math.min(round, ROUND_GAPS_MS.length - 1)] ?? Infinity;
    this.#setDue(peerId, sought, now + gapMs);
    return { peerId, round };
  }

  pollTimeout(): number {
    return this.#deadlines.next;
  }

  #setDue(peerId: PeerId, sought: Sought, atMs: number): void {
    sought.dueAtMs = atMs;
    this.#deadlines.set(peerId, atMs);
  }
}
