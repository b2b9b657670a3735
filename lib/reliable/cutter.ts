import { concatBytes, NO_BYTES, varintAt, varintSizeAt } from "../base/bytes.ts";
import { MESSAGE_BYTES_MAX } from "../wire/limits.ts";

/** The longest varint before a message. */
const HEAD_BYTES_MAX = 8;

/**
 * Messages that wait to be polled. Only who keeps back a byte before a flood of next to nothing
 * brings so many at once: in the first window they would have 8 bytes each, in the largest 24.
 */
export const MESSAGES_MAX = 2 ** 16;

/** Up to this a copy costs less than a view, which ties the two together for the collector. */
const COPIED_BYTES_MAX = 512;

/**
 * Cuts a stream that comes piece by piece into its messages, each after its length. It holds no
 * more than the one message that is not whole.
 */
export class Cutter {
  /** A length that is not whole. */
  #head: Uint8Array = NO_BYTES;
  /** A message whose length is known, and how much of it is there. */
  #message: Uint8Array | undefined;
  #filled = 0;

  /**
   * Adds to `messages` those that the piece makes whole: where it is `kept`, long ones as views
   * into it. False at a length that no message may have, and at more than MESSAGES_MAX.
   */
  feed(piece: Uint8Array, kept: boolean, messages: Uint8Array[]): boolean {
    let at = this.#message === undefined ? 0 : this.#fill(piece, 0, messages);
    while (at < piece.length) {
      const headed = this.#head.length === 0 ? piece : this.#join(piece);
      const headAt = headed === piece ? at : 0;
      const headBytes = varintSizeAt(headed, headAt);
      if (headAt + headBytes > headed.length) {
        this.#head = headed.slice(headAt);
        return true;
      }
      const size = varintAt(headed, headAt);
      if (size > MESSAGE_BYTES_MAX || messages.length >= MESSAGES_MAX) return false;
      at += headBytes - this.#head.length;
      this.#head = NO_BYTES;
      const end = at + size;
      if (end <= piece.length) {
        const isView = kept && size > COPIED_BYTES_MAX;
        messages.push(isView ? piece.subarray(at, end) : piece.slice(at, end));
        at = end;
      } else {
        this.#message = new Uint8Array(size);
        at = this.#fill(piece, at, messages);
      }
    }
    return true;
  }

  /** Returns where in the piece the next message begins. */
  #fill(piece: Uint8Array, at: number, messages: Uint8Array[]): number {
    const message = this.#message ?? NO_BYTES;
    const end = Math.min(piece.length, at + message.length - this.#filled);
    message.set(piece.subarray(at, end), this.#filled);
    this.#filled += end - at;
    if (this.#filled === message.length) {
      messages.push(message);
      this.#message = undefined;
      this.#filled = 0;
    }
    return end;
  }

  /** The beginning of a length, and what follows it. */
  #join(piece: Uint8Array): Uint8Array {
    return concatBytes(this.#head, piece.subarray(0, HEAD_BYTES_MAX));
  }
}
