import { assert } from "../base/assert.ts";
import type { Outputs } from "./outputs.ts";
import type { RunRow, RunsQuery } from "./records.ts";

type Then = (now: number, rows: readonly RunRow[]) => void;

/** Runs that the disk was asked for, and what is to be done with each answer. */
export class Loads {
  readonly #outputs: Outputs;
  readonly #asked = new Map<number, Then>();
  #lastToken = 0;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  get size(): number {
    return this.#asked.size;
  }

  ask(query: Omit<RunsQuery, "kind">, then: Then): void {
    this.#lastToken += 1;
    this.#asked.set(this.#lastToken, then);
    const token = this.#lastToken;
    this.#outputs.push({ kind: "load", token, query: { kind: "runs", ...query } });
  }

  handleLoaded(now: number, token: number, rows: readonly RunRow[]): void {
    const then = this.#asked.get(token);
    assert(then !== undefined, "a load is answered once");
    this.#asked.delete(token);
    then(now, rows);
  }
}
