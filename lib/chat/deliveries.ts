import { assert } from "../base/assert.ts";
import type { RoomId } from "../base/ids.ts";
import type { Outputs } from "./outputs.ts";
import type { Delivery } from "./records.ts";

/** Undefined where the disk has no such entry of one's own, or has damaged it. */
type Then = (now: number, delivery: Delivery | undefined) => void;

/** For whom own messages wait, as the disk was asked, and what is to be done with each answer. */
export class Deliveries {
  readonly #outputs: Outputs;
  readonly #asked = new Map<number, Then>();
  #lastToken = 0;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  /** Nothing waits for the disk's answer. */
  get isIdle(): boolean {
    return this.#asked.size === 0;
  }

  ask(room: RoomId, seq: number, then: Then): void {
    this.#lastToken += 1;
    this.#asked.set(this.#lastToken, then);
    const query = { kind: "delivery", room, seq } as const;
    this.#outputs.push({ kind: "load", token: this.#lastToken, query });
  }

  handleLoaded(now: number, token: number, delivery: Delivery | undefined): void {
    const then = this.#asked.get(token);
    assert(then !== undefined, "a load is answered once");
    this.#asked.delete(token);
    then(now, delivery);
  }
}
