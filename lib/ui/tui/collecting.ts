/**
 * After so many changes of what is shown, all garbage is collected. A message is held for a while,
 * as a line of its conversation, and so outlives the quick collections of what is young; the engine
 * by itself looks through the rest only when there is twice as much. When 20 000 messages had come
 * as fast as they could, 114 MiB were held and not 134; at a hundred a second it is one pause of
 * some 30 ms, on a machine that is busy, in ten seconds.
 */
export const CHANGES_MAX = 1000;

/** Says when to collect: just after a frame, as nobody waits for the next one yet. */
export class Collecting {
  readonly #collect: () => void;
  #changes = 0;

  constructor(collect: () => void) {
    this.#collect = collect;
  }

  /** Something has come, or was typed. */
  onChange(): void {
    this.#changes += 1;
  }

  onDrawn(): void {
    if (this.#changes < CHANGES_MAX) return;
    this.#changes = 0;
    this.#collect();
  }
}
