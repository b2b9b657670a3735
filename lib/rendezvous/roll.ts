/** A number is 32 bits on the wire, and none is given twice. */
export const NUMBER_MAX = 2 ** 32 - 1;

interface Line<Value> {
  readonly number: number;
  value: Value | undefined;
}

/** Numbers those who register from 1 on and lists them in that order. */
export class Roll<Value> {
  /** Ascending; a line whose value is gone stays until such lines are the most. */
  #lines: Line<Value>[] = [];
  #size = 0;
  #next = 1;

  get size(): number {
    return this.#size;
  }

  /** The number given; undefined when there are no more. */
  add(value: Value): number | undefined {
    if (this.#next > NUMBER_MAX) return undefined;
    const number = this.#next;
    this.#next += 1;
    this.#lines.push({ number, value });
    this.#size += 1;
    return number;
  }

  get(number: number): Value | undefined {
    const line = this.#lines[this.#indexAbove(number - 1)];
    return line?.number === number ? line.value : undefined;
  }

  remove(number: number): void {
    const line = this.#lines[this.#indexAbove(number - 1)];
    if (line?.number !== number || line.value === undefined) return;
    line.value = undefined;
    this.#size -= 1;
    if (this.#lines.length <= 2 * this.#size) return;
    this.#lines = this.#lines.filter(({ value }) => value !== undefined);
  }

  /** Everybody with a number above `number`, in ascending order. */
  *above(number: number): Generator<Value> {
    for (let i = this.#indexAbove(number); i < this.#lines.length; i++) {
      const value = this.#lines[i]?.value;
      if (value !== undefined) yield value;
    }
  }

  /** Where the first line with a number above `number` is or would be. */
  #indexAbove(number: number): number {
    let low = 0;
    let high = this.#lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lines[middle]?.number ?? Infinity) > number) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
