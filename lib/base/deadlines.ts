interface Entry<Key> {
  readonly key: Key;
  at: number;
  /** Where in the heap it is. */
  place: number;
}

/** When each of many things is next due, and which is due first: a binary heap. */
export class Deadlines<Key> {
  readonly #entries = new Map<Key, Entry<Key>>();
  readonly #heap: Entry<Key>[] = [];

  /** Infinity disarms. */
  set(key: Key, at: number): void {
    if (at === Infinity) {
      this.delete(key);
      return;
    }
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, at, place: this.#heap.length };
      this.#entries.set(key, entry);
    }
    entry.at = at;
    this.#settle(entry);
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    last.place = entry.place;
    this.#settle(last);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  /** The earliest deadline, or Infinity. */
  get next(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  /** Something due at `now`, disarmed; the earliest first. */
  pollDue(now: number): Key | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.delete(first.key);
    return first.key;
  }

  /** Moves an entry up or down, from a place that nobody else has, to where it belongs. */
  #settle(entry: Entry<Key>): void {
    const heap = this.#heap;
    let { place } = entry;
    for (;;) {
      const above = place === 0 ? undefined : heap[(place - 1) >> 1];
      if (above === undefined || above.at <= entry.at) break;
      place = this.#move(above, place);
    }
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const below = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (below === undefined || below.at >= entry.at) break;
      place = this.#move(below, place);
    }
    heap[place] = entry;
    entry.place = place;
  }

  /** Returns the place that it leaves. */
  #move(entry: Entry<Key>, to: number): number {
    const from = entry.place;
    this.#heap[to] = entry;
    entry.place = to;
    return from;
  }
}
