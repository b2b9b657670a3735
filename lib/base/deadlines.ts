/**
 * When each of many things is next due, and which is due first. A binary heap in which a changed
 * deadline leaves its old entry behind until that surfaces, or until the heap is four times too
 * big.
 */
export class Deadlines<Key> {
  readonly #at = new Map<Key, number>();
  #heap: Entry<Key>[] = [];

  /** Infinity disarms. */
  set(key: Key, at: number): void {
    if (this.#at.get(key) === at) return;
    if (at === Infinity) {
      this.#at.delete(key);
      return;
    }
    this.#at.set(key, at);
    this.#push({ at, key });
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#at.size) this.#rebuild();
  }

  delete(key: Key): void {
    this.#at.delete(key);
  }

  /** The earliest deadline, or Infinity. */
  get next(): number {
    this.#dropStale();
    return this.#heap[0]?.at ?? Infinity;
  }

  /** Something due at `now`, disarmed; the earliest first. */
  pollDue(now: number): Key | undefined {
    this.#dropStale();
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#pop();
    this.#at.delete(first.key);
    return first.key;
  }

  #dropStale(): void {
    let first = this.#heap[0];
    while (first !== undefined && this.#at.get(first.key) !== first.at) {
      this.#pop();
      first = this.#heap[0];
    }
  }

  #rebuild(): void {
    this.#heap = [];
    for (const [key, at] of this.#at) this.#push({ at, key });
  }

  #push(entry: Entry<Key>): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= entry.at) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      const smaller =
        (heap[left + 1]?.at ?? Infinity) < (heap[left]?.at ?? Infinity) ? left + 1 : left;
      const below = heap[smaller];
      if (below === undefined || below.at >= last.at) break;
      heap[i] = below;
      i = smaller;
    }
    heap[i] = last;
  }
}

interface Entry<Key> {
  readonly at: number;
  readonly key: Key;
}
