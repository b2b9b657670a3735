/**
 * What is known by names that may change, in the order of its coming: another name leaves it in its
 * place. Everything but going through all of it takes the same time however much there is.
 */
export class Ledger<Value> {
  readonly #numbers = new Map<string, number>();
  /** By number, which only rises. */
  readonly #lines = new Map<number, readonly [name: string, value: Value]>();
  #count = 0;

  get size(): number {
    return this.#lines.size;
  }

  has(name: string): boolean {
    return this.#numbers.has(name);
  }

  get(name: string): Value | undefined {
    return this.#lines.get(this.#numbers.get(name) ?? 0)?.[1];
  }

  /** In the place of what has that name, or at the end. */
  set(name: string, value: Value): void {
    const known = this.#numbers.get(name);
    if (known === undefined) this.#count += 1;
    const number = known ?? this.#count;
    this.#numbers.set(name, number);
    this.#lines.set(number, [name, value]);
  }

  delete(name: string): void {
    this.#lines.delete(this.#numbers.get(name) ?? 0);
    this.#numbers.delete(name);
  }

  /** Where nothing is called so, nothing changes; what had the other name is no more. */
  rename(was: string, name: string, changed: (value: Value) => Value = (value) => value): void {
    const number = this.#numbers.get(was);
    const line = number === undefined ? undefined : this.#lines.get(number);
    if (number === undefined || line === undefined || was === name) return;
    this.delete(name);
    this.#numbers.delete(was);
    this.#numbers.set(name, number);
    this.#lines.set(number, [name, changed(line[1])]);
  }

  /** Of more than so many, those that came first go. */
  forget(most: number): void {
    for (const [name] of this) {
      if (this.size <= most) return;
      this.delete(name);
    }
  }

  *values(): Generator<Value> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): IterableIterator<readonly [name: string, value: Value]> {
    return this.#lines.values();
  }
}
