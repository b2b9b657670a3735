/** Rows of which the height is remembered; of more, those measured first are forgotten. */
const MEASURED_MAX = 8000;

/** Where each row of a list begins, in px, and at last where the list ends. */
export type Offsets = readonly number[];

/** A stretch of rows: from `first` on, `end` not included. */
export interface Stretch {
  readonly first: number;
  readonly end: number;
}

/** How high rows are: as they were measured, or as it is guessed. */
export class Heights {
  readonly #measured = new Map<string, number>();

  /** Returns by how much, in px, it is news that a row is so high, of which `thought` was shown. */
  measure(key: string, px: number, thought: number): number {
    const known = this.#measured.get(key);
    if (known !== undefined && Math.abs(known - px) < 0.5) return 0;
    this.#measured.set(key, px);
    for (const first of this.#measured.keys()) {
      if (this.#measured.size <= MEASURED_MAX) break;
      this.#measured.delete(first);
    }
    return Math.abs(px - thought);
  }

  /** What was measured in a place of another width is good for nothing. */
  forget(): void {
    this.#measured.clear();
  }

  offsets<T extends { readonly key: string }>(
    rows: readonly T[],
    guess: (row: T) => number,
  ): Offsets {
    let at = 0;
    const offsets = [0];
    for (const row of rows) {
      at += this.#measured.get(row.key) ?? guess(row);
      offsets.push(at);
    }
    return offsets;
  }
}

/** The row that covers this place; the first or the last where none does. */
export function rowAt(offsets: Offsets, px: number): number {
  let low = 0;
  let high = Math.max(0, offsets.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= px) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The rows of which anything is seen between two places, with so many px more on both sides. */
export function stretchOf(offsets: Offsets, top: number, height: number, morePx: number): Stretch {
  if (offsets.length < 2) return { first: 0, end: 0 };
  const first = rowAt(offsets, Math.max(0, top - morePx));
  return { first, end: rowAt(offsets, top + height + morePx) + 1 };
}
