import { assert } from "../../lib/base/assert.ts";
import type { Line } from "./line.ts";
import { KIND, makeMessage, type Messages } from "./messages.ts";

export interface FloodOptions {
  readonly channel: number;
  readonly messages: Messages;
  /** Infinity for one that ends by `stopAfter`. */
  readonly count: number;
}

/** As many messages as the line takes, one `send` each, until the other side says it has all. */
export class Flood {
  readonly #line: Line;
  readonly #channel: number;
  readonly #messages: Messages;
  readonly #last: Uint8Array;
  readonly #done = Promise.withResolvers<void>();
  readonly #startedAtMs = performance.now();
  #stopAtMs = Infinity;
  #endsAtMs = Infinity;
  #count: number;
  #sent = 0;
  #hasSentLast = false;

  constructor(line: Line, { channel, messages, count }: FloodOptions) {
    this.#line = line;
    this.#channel = channel;
    this.#messages = messages;
    this.#count = count;
    this.#last = makeMessage(KIND.last, 0, messages.nth(0).length);
  }

  /** Resolves when the receiver has said that it has all. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** How long it took, from before the first message was sent. */
  get lastedMs(): number {
    return this.#endsAtMs - this.#startedAtMs;
  }

  /** How many messages were sent, the last among them. */
  get sent(): number {
    return this.#sent;
  }

  /** Ends at the first pause after so long. */
  stopAfter(ms: number): void {
    this.#stopAtMs = this.#startedAtMs + ms;
  }

  pump(): void {
    if (performance.now() >= this.#stopAtMs) this.#count = Math.min(this.#count, this.#sent + 1);
    while (this.#sent < this.#count - 1) {
      if (!this.#line.send(this.#channel, this.#messages.nth(this.#sent))) return;
      this.#sent += 1;
    }
    if (this.#hasSentLast || !this.#line.send(this.#channel, this.#last)) return;
    this.#hasSentLast = true;
    this.#sent += 1;
  }

  onDone(): void {
    assert(this.#hasSentLast, "nobody is done before the last");
    this.#endsAtMs = performance.now();
    this.#done.resolve();
  }
}
