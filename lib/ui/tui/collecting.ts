/**
 * After so many changes of what is shown, and pictures of it, all garbage is collected. A message
 * is held for a while, as a line of its conversation, and so outlives the quick collections of what
 * is young; the engine by itself looks through the rest only when there is twice as much. When
 * 20 000 messages had come as fast as they could, some 15 MiB less were held; at a hundred a second
 * it is one pause of some 30 ms, on a machine that is busy, in five seconds.
 */
export const CHANGES_MAX = 750;

/**
 * What is young is collected oftener, in some ms: that keeps small what is set aside for it, and
 * hardly anything of it is in use.
 */
export const YOUNG_CHANGES_MAX = 125;

/**
 * So many steps of indexing leave some MiB of garbage, which the engine would let grow to as much
 * as is in use: a screen that had taken in 200 000 messages grew by 80 MiB while it made the index
 * of them, and by 15 so. They are taken when nothing happens, or once in some seconds.
 */
export const STEPS_MAX = 16;
export const YOUNG_STEPS_MAX = 2;

/** How garbage is collected: what has come since it last was, or all of it. */
export interface Collector {
  young(): void;
  all(): void;
}

/**
 * Says when to collect: just after a frame, as nobody waits for the next one yet, and between the
 * steps of what is done meanwhile.
 */
export class Collecting {
  readonly #collector: Collector;
  /** Since all was last collected. */
  #changes = 0;
  #steps = 0;
  /** Since anything was. */
  #youngChanges = 0;
  #inARow = 0;

  constructor(collector: Collector) {
    this.#collector = collector;
  }

  /** Something has come, or was typed. */
  onChange(): void {
    this.#changes += 1;
    this.#youngChanges += 1;
  }

  /** A picture is made of what is garbage with the next one. */
  onDrawn(): void {
    this.onChange();
    if (this.#changes >= CHANGES_MAX) this.#collectAll();
    else if (this.#youngChanges >= YOUNG_CHANGES_MAX) this.#collectYoung();
  }

  /** A step of what is done when nothing happens is over; `isMore`: others are to come. */
  onTended(isMore: boolean): void {
    this.#steps += 1;
    this.#inARow += 1;
    const isOver = !isMore && this.#inARow > 1;
    if (!isMore) this.#inARow = 0;
    if (this.#steps >= STEPS_MAX || isOver) this.#collectAll();
    else if (this.#steps % YOUNG_STEPS_MAX === 0) this.#collectYoung();
  }

  #collectAll(): void {
    this.#changes = 0;
    this.#youngChanges = 0;
    this.#steps = 0;
    this.#collector.all();
  }

  #collectYoung(): void {
    this.#youngChanges = 0;
    this.#collector.young();
  }
}
