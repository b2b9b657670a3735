import type { RowList } from "./rowlist.ts";
import type { Row } from "./rows.ts";

/** What is scrolled: things of some rows each, which are laid out only when they are looked at. */
export interface Scrolled {
  readonly count: number;
  /** Where the end is followed, nothing before this one is seen. */
  readonly from?: number;
  rowsOf(index: number): RowList;
}

/**
 * Where one looks in a list of any length. It hangs on the row at the bottom, so that what comes
 * after the end moves nothing, and no height is known but of what is seen.
 */
export class Viewport {
  /** The row that stands at the bottom, and of which thing; undefined: the end is followed. */
  #bottom: { readonly index: number; readonly row: number } | undefined;

  get isAtEnd(): boolean {
    return this.#bottom === undefined;
  }

  /** Which thing stands at the bottom; undefined: the end is followed. */
  get bottom(): number | undefined {
    return this.#bottom?.index;
  }

  toEnd(): void {
    this.#bottom = undefined;
  }

  /** Things were put before, or taken away there. */
  shift(count: number): void {
    if (this.#bottom === undefined) return;
    const index = this.#bottom.index + count;
    this.#bottom = index < 0 ? { index: 0, row: 0 } : { index, row: this.#bottom.row };
  }

  /** Something has been put in at this place, below which nothing is to move. */
  onInserted(index: number): void {
    if (this.#bottom !== undefined && index <= this.#bottom.index) this.shift(1);
  }

  /** What was at this place is taken away, below which nothing is to move. */
  onTaken(index: number): void {
    if (this.#bottom !== undefined && index <= this.#bottom.index) this.shift(-1);
  }

  /** Up for less than 0. False where there is nothing more that way. */
  scroll(rows: number, height: number, list: Scrolled): boolean {
    const from = this.#place(list);
    if (from === undefined) return false;
    const moved = rows < 0 ? this.#up(from, -rows, height, list) : down(from, rows, list);
    const isEnd = isLast(moved, list);
    const isMoved = moved.index !== from.index || moved.row !== from.row;
    this.#bottom = isEnd ? undefined : moved;
    return isMoved;
  }

  /** So that this thing is seen whole, in the middle if it was not seen before. */
  reveal(index: number, height: number, list: Scrolled): void {
    const seen = this.visible(height, list);
    const mine = seen.filter((one) => one.index === index).length;
    const own = list.rowsOf(index).length;
    if (mine >= Math.min(own, height)) return;
    let place = { index, row: own - 1 };
    const below = Math.floor(Math.max(0, height - own) / 2);
    place = down(place, below, list);
    this.#bottom = isLast(place, list) ? undefined : place;
    this.scroll(0, height, list);
  }

  /** The rows seen, at most `height`, each with the thing it is of. */
  visible(
    height: number,
    list: Scrolled,
  ): readonly { readonly index: number; readonly row: Row }[] {
    const bottom = this.#place(list);
    if (bottom === undefined) return [];
    const from = this.isAtEnd ? (list.from ?? 0) : 0;
    const seen: { index: number; row: Row }[] = [];
    for (let index = bottom.index; index >= from && seen.length < height; index--) {
      const rows = list.rowsOf(index);
      const last = index === bottom.index ? bottom.row : rows.length - 1;
      for (let row = last; row >= 0 && seen.length < height; row--) {
        seen.push({ index, row: rows.at(row) ?? [] });
      }
    }
    seen.reverse();
    return seen;
  }

  /** Where the bottom is, made good where what was there has changed. */
  #place(list: Scrolled): { index: number; row: number } | undefined {
    if (list.count === 0) return undefined;
    const index = Math.min(this.#bottom?.index ?? Infinity, list.count - 1);
    const rows = list.rowsOf(index).length;
    const row = Math.min(index === this.#bottom?.index ? this.#bottom.row : Infinity, rows - 1);
    return { index, row };
  }

  /** No further than to where the first row is at the top. */
  #up(
    from: { readonly index: number; readonly row: number },
    rows: number,
    height: number,
    list: Scrolled,
  ): { index: number; row: number } {
    const above = rowsAbove(from, rows + height, list);
    let left = Math.min(rows, Math.max(0, above - height));
    let { index, row } = from;
    while (left > row && index > 0) {
      left -= row + 1;
      index -= 1;
      row = list.rowsOf(index).length - 1;
    }
    return { index, row: Math.max(0, row - left) };
  }
}

/** How many rows there are up to this one and with it, no more than `most`. */
function rowsAbove(
  { index, row }: { readonly index: number; readonly row: number },
  most: number,
  list: Scrolled,
): number {
  let count = row + 1;
  for (let i = index - 1; i >= 0 && count < most; i--) count += list.rowsOf(i).length;
  return Math.min(count, most);
}

function down(
  from: { readonly index: number; readonly row: number },
  rows: number,
  list: Scrolled,
): { index: number; row: number } {
  let { index, row } = from;
  for (let left = rows; left > 0;) {
    const here = list.rowsOf(index).length - 1 - row;
    if (left <= here) return { index, row: row + left };
    if (index === list.count - 1) return { index, row: row + here };
    left -= here + 1;
    index += 1;
    row = 0;
  }
  return { index, row };
}

function isLast({ index, row }: { index: number; row: number }, list: Scrolled): boolean {
  return index === list.count - 1 && row === list.rowsOf(index).length - 1;
}
