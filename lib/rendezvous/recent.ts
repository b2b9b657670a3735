/**
 * A bounded table of what was touched lately. An entry is forgotten `ageMs` after its last `set`;
 * where there are more than `sizeMax`, the one untouched longest goes first.
 */
export class Recent<Value> {
  readonly #ageMs: number;
  readonly #sizeMax: number;
  /** In the order of `touchedAtMs`, because a touched entry is put back at the end. */
  readonly #entries = new Map<string, { readonly value: Value; readonly touchedAtMs: number }>();

  constructor(ageMs: number, sizeMax: number) {
    this.#ageMs = ageMs;
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(now: number, key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || now >= entry.touchedAtMs + this.#ageMs ? undefined : entry.value;
  }

  set(now: number, key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, touchedAtMs: now });
    if (this.#entries.size <= this.#sizeMax) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Drops everything whose age is reached. */
  expire(now: number): void {
    for (const [key, { touchedAtMs }] of this.#entries) {
      if (now < touchedAtMs + this.#ageMs) return;
      this.#entries.delete(key);
    }
  }

  /** When the first entry is due to be dropped, Infinity where there is none. */
  nextExpiry(): number {
    for (const { touchedAtMs } of this.#entries.values()) return touchedAtMs + this.#ageMs;
    return Infinity;
  }
}
