import { CHANNEL_WINDOW_BYTES, SESSION_WINDOW_BYTES } from "../wire/limits.ts";
import type { ReceiveWindow } from "./receivewindow.ts";

/** What one channel that is full, and from which nobody takes, leaves to the others. */
const RESERVE_BYTES = SESSION_WINDOW_BYTES - CHANNEL_WINDOW_BYTES;

/**
 * How much of the reserve may be in use before it is given anew. What is left must hold the parts
 * of a longest message on each other channel, which cannot be taken yet: 3 × 66 200 < 2^18.
 */
const STEP_BYTES = RESERVE_BYTES / 2;

/**
 * How far the peer may send on all channels together: RFC 9000 §4. It always exceeds the largest
 * channel's window by the reserve, so that no channel can keep the others from sending.
 */
export class SessionWindow {
  #windowBytes = SESSION_WINDOW_BYTES;
  #taken = 0;
  #limit = SESSION_WINDOW_BYTES;
  #isDue = false;

  /** How many bytes the peer may send in all. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether the peer is to be told of the limit. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** The user took so many bytes from the window of a channel; the peer has sent `reach` in all. */
  onTaken(bytes: number, reach: number, from: ReceiveWindow): void {
    this.#taken += bytes;
    const isReserveUsed = this.#limit - reach < RESERVE_BYTES - STEP_BYTES;
    const more = this.#taken + this.#windowBytes - this.#limit;
    if (!from.isDue && !(isReserveUsed && more >= STEP_BYTES)) return;
    this.#windowBytes = Math.max(this.#windowBytes, from.bytes + RESERVE_BYTES);
    this.#limit = this.#taken + this.#windowBytes;
    this.#isDue = true;
  }

  /** The limit leaves in a packet. */
  onSent(): void {
    this.#isDue = false;
  }

  /** A packet with a limit was lost: the present one is told again. */
  onLost(): void {
    this.#isDue = true;
  }
}
