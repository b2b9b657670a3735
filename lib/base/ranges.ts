/** Nothing is ever put in here: most sets are empty most of the time. */
const NONE: never[] = [];

/** A set of whole numbers as half-open ranges: ascending, disjoint and never touching. */
export class Ranges {
  /** start, end, start, end and so on. */
  #bounds: number[] = NONE;

  /** How many ranges there are; the owner keeps it bounded. */
  get count(): number {
    return this.#bounds.length / 2;
  }

  /** Where the range at `index` begins; Infinity past the last. */
  startOf(index: number): number {
    return this.#bounds[2 * index] ?? Infinity;
  }

  /** One past the last number of the range at `index`; Infinity past the last. */
  endOf(index: number): number {
    return this.#bounds[2 * index + 1] ?? Infinity;
  }

  has(value: number): boolean {
    return this.startOf(this.firstEndingAfter(value)) <= value;
  }

  /** Index of the first range with a number above `value` or at it; `count` when there is none. */
  firstEndingAfter(value: number): number {
    let low = 0;
    let high = this.count;
    // Most questions are about the newest numbers.
    if (high > 0 && this.endOf(high - 1) <= value) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.endOf(middle) > value) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Adds `start` up to but not including `end`. */
  add(start: number, end: number): void {
    if (start >= end) return;
    if (this.#bounds.length === 0) {
      this.#bounds = [start, end];
      return;
    }
    // Most often the next number comes.
    const latest = this.#bounds.length - 1;
    if (this.#bounds[latest] === start) {
      this.#bounds[latest] = end;
      return;
    }
    const from = this.firstEndingAfter(start - 1);
    let to = from;
    while (this.startOf(to) <= end) to += 1;
    if (to === from) {
      this.#bounds.splice(2 * from, 0, start, end);
      return;
    }
    const first = Math.min(start, this.startOf(from));
    const last = Math.max(end, this.endOf(to - 1));
    this.#bounds[2 * from] = first;
    this.#bounds[2 * from + 1] = last;
    if (to - from > 1) this.#bounds.splice(2 * from + 2, 2 * (to - from - 1));
  }

  /** Removes `start` up to but not including `end`. */
  remove(start: number, end: number): void {
    if (start >= end) return;
    const from = this.firstEndingAfter(start);
    let to = from;
    while (this.startOf(to) < end) to += 1;
    if (to === from) return;
    const first = this.startOf(from);
    const last = this.endOf(to - 1);
    // Most often the lowest numbers go.
    if (to - from === 1 && start <= first && end < last) {
      this.#bounds[2 * from] = end;
      return;
    }
    const kept: number[] = [];
    if (first < start) kept.push(first, start);
    if (last > end) kept.push(end, last);
    if (kept.length === 0 && to - from === this.count) this.#bounds = NONE;
    else this.#bounds.splice(2 * from, 2 * (to - from), ...kept);
  }
}
