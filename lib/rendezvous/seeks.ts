import type { PeerId } from "../base/ids.ts";
import { INTRODUCTION_LADDER_MS, INTRODUCTION_STEADY_MS } from "./introductions.ts";

/** Peers asked for at a time: at one ask in 15 s each, within what a server answers. */
export const SEEKS_MAX = 512;

/** Peers that wait for their turn to be asked for. */
export const SEEKS_WAITING_MAX = 16_384;

/**
 * After the ladder. Less often than introductions are followed, so that who sleeps and asks as soon
 * as it wakes is not told that it has been asked for too often.
 */
const SEEK_STEADY_MS = 15_000;

interface Seek {
  firstAtMs: number;
  /** Steps of the ladder behind it. */
  step: number;
  dueAtMs: number;
  /** As the server last said. */
  isAbsent: boolean;
}

/**
 * When to ask for whom. An introduction may be lost on the way to the other side, or come to
 * nothing, so that it is asked for until the peer is no longer sought: at once, on the ladder, then
 * steadily. Who is newly sought is asked for at once however many others are: beyond `SEEKS_MAX`,
 * those who are absent, or to whom no path was found, take turns.
 */
export class Seeks {
  readonly #seeks = new Map<PeerId, Seek>();
  /** Those whose turn is to come, the next one first. */
  readonly #waiting = new Set<PeerId>();
  #isOpen = false;
  #askedAtMs = 0;
  /** No seek is due earlier. */
  #dueAtMs = Infinity;

  has(peerId: PeerId): boolean {
    return this.#seeks.has(peerId) || this.#waiting.has(peerId);
  }

  /** Who was introduced just now is asked for from the ladder's next step on. */
  add(now: number, peerId: PeerId, isIntroduced = false): void {
    const known = this.#seeks.get(peerId);
    if (known !== undefined) {
      if (isIntroduced) known.isAbsent = false;
      return;
    }
    if (this.#waiting.has(peerId) && !isIntroduced) return;
    this.#waiting.delete(peerId);
    if (this.#seeks.size >= SEEKS_MAX) this.#rest(this.#leastHopeful());
    this.#begin(now, peerId, isIntroduced);
  }

  delete(peerId: PeerId): void {
    this.#waiting.delete(peerId);
    if (this.#seeks.delete(peerId) && this.#waiting.size > 0) this.#dueAtMs = this.#askedAtMs;
  }

  /** There is somebody to ask: everybody is due. */
  open(now: number): void {
    this.#isOpen = true;
    for (const peerId of this.#seeks.keys()) this.#begin(now, peerId, false);
    this.#dueAtMs = now;
  }

  close(): void {
    this.#isOpen = false;
  }

  /** There is more to tell those who are there than when they were last introduced. */
  renew(now: number): void {
    for (const [peerId, { isAbsent }] of this.#seeks) {
      if (!isAbsent) this.#begin(now, peerId, false);
    }
  }

  /** The peer is not there: a ladder is of use only once it is. */
  defer(now: number, peerId: PeerId): void {
    const seek = this.#seeks.get(peerId);
    if (seek === undefined) return;
    seek.isAbsent = true;
    seek.firstAtMs = now + INTRODUCTION_STEADY_MS;
    seek.step = 0;
    seek.dueAtMs = seek.firstAtMs;
  }

  /** Who is to be asked for now; each is then due again later. */
  takeDue(now: number): PeerId[] {
    if (!this.#isOpen || now < this.#dueAtMs) return [];
    this.#askedAtMs = now;
    this.#takeTurns(now);
    const due: PeerId[] = [];
    this.#dueAtMs = Infinity;
    for (const [peerId, seek] of this.#seeks) {
      if (seek.dueAtMs <= now) {
        due.push(peerId);
        advance(now, seek);
      }
      this.#dueAtMs = Math.min(this.#dueAtMs, seek.dueAtMs);
    }
    return due;
  }

  pollTimeout(): number {
    return this.#isOpen ? this.#dueAtMs : Infinity;
  }

  #begin(now: number, peerId: PeerId, isIntroduced: boolean): void {
    const seek = { firstAtMs: now, step: 0, dueAtMs: now, isAbsent: false };
    if (isIntroduced) advance(now, seek);
    this.#seeks.set(peerId, seek);
    this.#dueAtMs = Math.min(this.#dueAtMs, seek.dueAtMs);
  }

  /** Somebody else is asked for instead, until all who wait have had their turn. */
  #rest(peerId: PeerId | undefined): void {
    if (peerId === undefined) return;
    this.#seeks.delete(peerId);
    for (const longest of this.#waiting) {
      if (this.#waiting.size < SEEKS_WAITING_MAX) break;
      this.#waiting.delete(longest);
    }
    this.#waiting.add(peerId);
  }

  /** Where nobody is without hope, who was sought first. */
  #leastHopeful(): PeerId | undefined {
    for (const [peerId, seek] of this.#seeks) if (isHopeless(seek)) return peerId;
    const [first] = this.#seeks.keys();
    return first;
  }

  /** Free places, and those of the hopeless that are due again, go to those who wait. */
  #takeTurns(now: number): void {
    if (this.#waiting.size === 0) return;
    const turns = [...this.#waiting];
    const due = [...this.#seeks].filter(([, seek]) => seek.dueAtMs <= now && isHopeless(seek));
    const free = SEEKS_MAX - this.#seeks.size;
    for (const peerId of turns.slice(0, free + due.length)) {
      this.#waiting.delete(peerId);
      if (this.#seeks.size >= SEEKS_MAX) this.#rest(due.shift()?.[0]);
      this.#begin(now, peerId, false);
    }
  }
}

/** Absent, or asked for all the way up the ladder. */
function isHopeless({ isAbsent, step }: Seek): boolean {
  return isAbsent || step > INTRODUCTION_LADDER_MS.length;
}

function advance(now: number, seek: Seek): void {
  const step = INTRODUCTION_LADDER_MS[seek.step];
  seek.step += 1;
  // What was missed while this machine slept is not made up for.
  seek.dueAtMs =
    step === undefined
      ? now + SEEK_STEADY_MS
      : Math.max(seek.firstAtMs + step, now + INTRODUCTION_LADDER_MS[0]);
}
