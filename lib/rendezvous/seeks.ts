import type { PeerId } from "../base/ids.ts";
import { INTRODUCTION_LADDER_MS, INTRODUCTION_STEADY_MS } from "./introductions.ts";

/** Peers sought at a time: at one ask in 10 s each, within what a server answers. */
export const SEEKS_MAX = 512;

interface Seek {
  firstAtMs: number;
  /** Steps of the ladder behind it. */
  step: number;
  dueAtMs: number;
}

/**
 * When to ask for whom. An introduction may be lost on the way to the other side, or come to
 * nothing, so that it is asked for until the peer is no longer sought: at once, on the ladder, then
 * steadily.
 */
export class Seeks {
  readonly #seeks = new Map<PeerId, Seek>();
  #isOpen = false;
  /** No seek is due earlier. */
  #dueAtMs = Infinity;

  has(peerId: PeerId): boolean {
    return this.#seeks.has(peerId);
  }

  /**
   * False where `SEEKS_MAX` others are sought. Who was introduced just now is asked for from the
   * ladder's next step on.
   */
  add(now: number, peerId: PeerId, isIntroduced = false): boolean {
    if (this.#seeks.has(peerId)) return true;
    if (this.#seeks.size >= SEEKS_MAX) return false;
    const seek = { firstAtMs: now, step: 0, dueAtMs: now };
    if (isIntroduced) advance(now, seek);
    this.#seeks.set(peerId, seek);
    this.#dueAtMs = Math.min(this.#dueAtMs, seek.dueAtMs);
    return true;
  }

  delete(peerId: PeerId): void {
    this.#seeks.delete(peerId);
  }

  /** There is somebody to ask: everybody is due. */
  open(now: number): void {
    this.#isOpen = true;
    for (const peerId of this.#seeks.keys()) {
      this.#seeks.set(peerId, { firstAtMs: now, step: 0, dueAtMs: now });
    }
    this.#dueAtMs = now;
  }

  close(): void {
    this.#isOpen = false;
  }

  /** The peer is not there: a ladder is of use only once it is. */
  defer(now: number, peerId: PeerId): void {
    if (!this.#seeks.has(peerId)) return;
    const nextAtMs = now + INTRODUCTION_STEADY_MS;
    this.#seeks.set(peerId, { firstAtMs: nextAtMs, step: 0, dueAtMs: nextAtMs });
  }

  /** Who is to be asked for now; each is then due again later. */
  takeDue(now: number): PeerId[] {
    if (!this.#isOpen || now < this.#dueAtMs) return [];
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
}

function advance(now: number, seek: Seek): void {
  const step = INTRODUCTION_LADDER_MS[seek.step];
  seek.step += 1;
  // What was missed while this machine slept is not made up for.
  seek.dueAtMs =
    step === undefined
      ? now + INTRODUCTION_STEADY_MS
      : Math.max(seek.firstAtMs + step, now + INTRODUCTION_LADDER_MS[0]);
}
