import { assert } from "../../lib/base/assert.ts";
import { CHANNELS_MAX } from "../../lib/wire/channels.ts";
import type { App, Line } from "./line.ts";
import { KIND, makeMessage, MESSAGE_BYTES, Order } from "./messages.ts";

const DONE = makeMessage(KIND.done, 0, MESSAGE_BYTES);

/** The far end: counts, echoes, and says when it has all. */
export class Responder implements App {
  readonly #orders = Array.from({ length: CHANNELS_MAX }, () => new Order());
  #line: Line | undefined;

  onOpened(line: Line): void {
    this.#line = line;
  }

  onMessages(channel: number, messages: readonly Uint8Array[]): void {
    const order = this.#orders[channel];
    assert(order !== undefined, "a message has a channel");
    for (const message of messages) {
      const kind = message[0];
      if (kind === KIND.counted) {
        order.onCounted(message);
      } else if (kind === KIND.last) {
        order.onLast();
        this.#answer(channel, DONE);
      } else {
        assert(kind === KIND.echo, "a caller sends no other kinds");
        this.#answer(channel, message.slice());
      }
    }
  }

  onWritable(): void {
    // Its answers are few, so that there is always room.
  }

  #answer(channel: number, message: Uint8Array): void {
    assert(this.#line?.send(channel, message) === true, "there is room for an answer");
  }
}
