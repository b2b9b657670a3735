/** Places at the front that are empty before the rest is moved up. */
const EMPTY_MAX = 64;

/** Nothing is ever put in here: an array of its own costs a queue that rests more than itself. */
const NONE: never[] = [];

/** First in, first out, at a constant cost for each; an array's `shift` moves all the others. */
export class Queue<Item> {
  #items: (Item | undefined)[] = NONE;
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** What comes next; undefined when it is empty. */
  get first(): Item | undefined {
    return this.#items[this.#first];
  }

  push(item: Item): void {
    if (this.#items === NONE) this.#items = [];
    this.#items.push(item);
  }

  /** Undefined when it is empty. */
  shift(): Item | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#items.length) {
      this.#items = NONE;
      this.#first = 0;
    } else if (this.#first > EMPTY_MAX && 2 * this.#first > this.#items.length) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    return item;
  }
}
