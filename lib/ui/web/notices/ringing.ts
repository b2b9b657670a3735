import type { MessageEvent } from "../../../node/sayings.ts";
import type { Conversation } from "../../talk/conversation.ts";

/**
 * How long it is waited, in ms, whether it is read elsewhere: in another window the same person may
 * be looking at it, which is told within a third of a second.
 */
const WAIT_MS = 700;

interface Call {
  readonly event: MessageEvent;
  readonly dueAtMs: number;
}

/** Calls the person who looks elsewhere, once for what comes to a conversation in one go. */
export class Ringing {
  readonly #calls = new Map<Conversation, Call>();
  readonly #ring: (where: Conversation, event: MessageEvent) => void;

  constructor(ring: (where: Conversation, event: MessageEvent) => void) {
    this.#ring = ring;
  }

  /** The last of several is what is told of. */
  call(now: number, where: Conversation, event: MessageEvent): void {
    const { dueAtMs = now + WAIT_MS } = this.#calls.get(where) ?? {};
    this.#calls.set(where, { event, dueAtMs });
  }

  /** The person looks, and sees for themselves. */
  onLook(): void {
    this.#calls.clear();
  }

  handleTimeout(now: number): void {
    for (const [where, { event, dueAtMs }] of this.#calls) {
      if (now < dueAtMs) continue;
      this.#calls.delete(where);
      if (where.unread.count > 0) this.#ring(where, event);
    }
  }

  pollTimeout(): number {
    return this.#calls.values().reduce((first, { dueAtMs }) => Math.min(first, dueAtMs), Infinity);
  }
}
