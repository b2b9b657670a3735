import { assert } from "../../lib/base/assert.ts";

/** What a benchmark's message asks of who receives it: its first byte. */
export const KIND = {
  /** To be counted. */
  counted: 1,
  /** The last of a flood, to be answered with `done`. */
  last: 2,
  done: 3,
  /** To be sent back. */
  echo: 4,
} as const;

/** The size that all figures speak of, unless they say another. */
export const MESSAGE_BYTES = 32;

/** So few that all of the largest are a megabyte. */
const NUMBERS = 64;
const HEAD_BYTES = 2;
const LETTER_A = 0x61;

/** A message as a person might write it, but for its first two bytes. */
export function makeMessage(kind: number, number: number, size: number): Uint8Array {
  assert(size >= HEAD_BYTES, "a message holds its head");
  const message = new Uint8Array(size).fill(LETTER_A);
  message.set([kind, number]);
  return message;
}

/**
 * Messages made beforehand, so that no subject pays for the making; numbered, so that whoever
 * receives them sees that none is missing, doubled or out of order.
 */
export class Messages {
  readonly #made: readonly Uint8Array[];

  constructor(size: number) {
    this.#made = Array.from({ length: NUMBERS }, (_, i) => makeMessage(KIND.counted, i, size));
  }

  nth(index: number): Uint8Array {
    const message = this.#made[index % NUMBERS];
    assert(message !== undefined, "indices are whole numbers");
    return message;
  }
}

/** Checks the order in which counted messages arrive, from one `last` to the next. */
export class Order {
  #next = 0;

  onCounted(message: Uint8Array): void {
    assert(message[1] === this.#next % NUMBERS, "every message arrives once and in order");
    this.#next += 1;
  }

  onLast(): void {
    this.#next = 0;
  }
}
