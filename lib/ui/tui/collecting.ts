/**
 * After so many changes of what is shown, all garbage is collected. A message is held for a while,
 * as a line of its conversation, and so outlives the quick collections of what is young; the engine
 * by itself looks through the rest only when there is twice as much. When 20 000 messages had come
 * as fast as they could, 114 MiB were held and not 134; at a hundred a second it is one pause of
 * some 30 ms, on a machine that is busy, in ten seconds.
 */
export const CHANGES_MAX = 1000;

/**
 * So many steps of indexing leave some MiB of garbage, which the engine would let grow to as much
 * as is in use: a screen that had taken in 200 000 messages grew by 80 MiB while it made the index
 * of them, and by 20 so. They are taken when nothing happens, or once in some seconds.
 */
export const STEPS_MAX = 8;

/**
 * Says when to collect: just after a frame, as nobody waits for the next one yet, and between the
 * steps of what is done meanwhile.
 */
export class Collecting {
  readonly #collect: () => void;
  #changes = 0;
  /** Since it was last collected. */
  #steps = 0;
  #inARow = 0;

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

  /** A step of what is done when nothing happens is over; `isMore`: others are to come. */
  onTended(isMore: boolean): void {
    this.#steps += 1;
    this.#inARow += 1;
    const isOver = !isMore && this.#inARow > 1;
    if (!isMore) this.#inARow = 0;
    if (this.#steps < STEPS_MAX && !isOver) return;
    this.#steps = 0;
    this.#collect();
  }
}
