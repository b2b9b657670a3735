import type { Loaded, Query, Write } from "../../lib/node/machine.ts";
import { Prng } from "./prng.ts";

/** What outlives a process. */
export interface Disk {
  /** All of a turn's writes or, where the answer is false, none. */
  commit(writes: readonly Write[]): boolean;
  load(query: Query): Loaded;
}

/** For machines that keep nothing. */
export const NO_DISK: Disk = { commit: () => true, load: () => ({ kind: "outbox", rows: [] }) };

/** A disk that can fail. What it has once committed it keeps. */
export class FaultyDisk implements Disk {
  /** The odds, from 0 to 1, that a commit fails. */
  failure = 0;
  isFull = false;
  /** Commits that failed so far. */
  failures = 0;
  readonly #below: Disk;
  readonly #prng: Prng;

  constructor(below: Disk, seed: number, name: string) {
    this.#below = below;
    this.#prng = new Prng(seed, `disk ${name}`);
  }

  commit(writes: readonly Write[]): boolean {
    const isFailing = this.isFull || this.#prng.chance(this.failure);
    if (!isFailing && this.#below.commit(writes)) return true;
    this.failures += 1;
    return false;
  }

  load(query: Query): Loaded {
    return this.#below.load(query);
  }
}
