interface Entry<Value> {
  readonly value: Value;
  readonly touchedAtMs: number;
}

/**
 * A bounded table of what was touched lately. An entry is forgotten `ageMs` after its last `set`,
 * and sooner where there are more than `sizeMax`: then the half untouched longest is.
 *
 * Two generations instead of one table in order of age: a Map that loses its first entries over and
 * over walks past the places they had whenever its first one is asked for.
 */
export class Recent<Value> {
  readonly #ageMs: number;
  readonly #generationMax: number;
  #young = new Map<string, Entry<Value>>();
  /** Untouched since `#turnedAtMs`. */
  #old = new Map<string, Entry<Value>>();
  #turnedAtMs = -Infinity;

  constructor(ageMs: number, sizeMax: number) {
    this.#ageMs = ageMs;
    this.#generationMax = Math.ceil(sizeMax / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(now: number, key: string): Value | undefined {
    const entry = this.#young.get(key) ?? this.#old.get(key);
    return entry === undefined || now >= entry.touchedAtMs + this.#ageMs ? undefined : entry.value;
  }

  set(now: number, key: string, value: Value): void {
    this.expire(now);
    this.#old.delete(key);
    if (this.#young.size >= this.#generationMax && !this.#young.has(key)) this.#turn(now);
    this.#young.set(key, { value, touchedAtMs: now });
  }

  /** Drops what has been over its age for long, at most once in `ageMs`. */
  expire(now: number): void {
    if (now >= this.#turnedAtMs + this.#ageMs) this.#turn(now);
  }

  /** When `expire` is due, Infinity where there is nothing to drop. */
  nextExpiry(): number {
    return this.size === 0 ? Infinity : this.#turnedAtMs + this.#ageMs;
  }

  #turn(now: number): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#turnedAtMs = now;
  }
}
