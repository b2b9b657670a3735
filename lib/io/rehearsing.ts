import type { Rehearsal } from "../node/rehearsal.ts";

/** Whoever says something in the moment of coming does so by then, and has the machine alone. */
export const AFTER_MS = 30;

/** At a time, and then what has come meanwhile; a step that is the first of its kind is longer. */
const SLICE_MS = 2;

/**
 * Plays a meeting through as soon as the client is ready, before anybody is met: the first word
 * was heard after 115 instead of 145 ms on a slow machine, 80 of which are the network's. It takes
 * some 60 ms of processor time, in steps between which all else goes on.
 */
export class Rehearsing {
  readonly #start: () => Pick<Rehearsal, "step">;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(start: () => Pick<Rehearsal, "step">) {
    this.#start = start;
  }

  begin(): void {
    if (this.#isOver || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#attempt(() => this.#play(this.#start())), AFTER_MS);
    // It is no reason to go on.
    this.#timer.unref();
  }

  /** Somebody is met, or is to be: there is nothing to rehearse any more. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #play(rehearsal: Pick<Rehearsal, "step">): void {
    const untilMs = performance.now() + SLICE_MS;
    while (!this.#isOver && performance.now() < untilMs) {
      if (!rehearsal.step()) this.#isOver = true;
    }
    if (!this.#isOver) setImmediate(() => this.#attempt(() => this.#play(rehearsal)));
  }

  /** A mistake in what nobody needs ends it, and not the program. */
  #attempt(play: () => void): void {
    try {
      play();
    } catch {
      this.#isOver = true;
    }
  }
}
