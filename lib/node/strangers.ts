/** Datagrams that are nobody's are told of at most this often. */
const STRANGERS_MS = 1_000;

/** Counts the datagrams that are nobody's, so that a flood of them is one line a second. */
export class Strangers {
  #datagrams = 0;
  #dueAtMs = Infinity;

  onDatagram(now: number): void {
    this.#datagrams += 1;
    if (this.#datagrams === 1) this.#dueAtMs = now + STRANGERS_MS;
  }

  /** How many there were, once they are to be told of; else 0. */
  take(now: number): number {
    if (now < this.#dueAtMs) return 0;
    const datagrams = this.#datagrams;
    this.#datagrams = 0;
    this.#dueAtMs = Infinity;
    return datagrams;
  }

  pollTimeout(): number {
    return this.#dueAtMs;
  }
}
