import { Reader } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";

/**
 * The numbers that peers put before what they send to this node, one for each set of keys: random,
 * so that nobody who does not see the packets knows one.
 */
export class Indices {
  readonly #random: Random;
  readonly #taken = new Set<number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** How many are in use: for as many handshakes and keys as there are. */
  get size(): number {
    return this.#taken.size;
  }

  take(): number {
    for (;;) {
      const index = new Reader(this.#random(4)).u32();
      if (this.#taken.has(index)) continue;
      this.#taken.add(index);
      return index;
    }
  }

  free(index: number): void {
    this.#taken.delete(index);
  }
}
