import type { Conversation } from "../../talk/conversation.ts";

/** Conversations of which is held whatever was brought of them: those looked at last. */
const LATELY_MAX = 12;

/** Messages that are held of each other one: who comes back to it begins at its end. */
export const HELD_ELSEWHERE_MAX = 100;

/** Keeps a page that is open for long, with many rooms, from holding all that it was told. */
export class Lately {
  /** Those looked at last, the last of them last. */
  #all: readonly Conversation[] = [];
  readonly #onForgotten: (conversation: Conversation) => void;

  constructor(onForgotten: (conversation: Conversation) => void) {
    this.#onForgotten = onForgotten;
  }

  onEnter(conversation: Conversation): void {
    const others = this.#all.filter((one) => one !== conversation);
    const forgotten = others.slice(0, Math.max(0, others.length + 1 - LATELY_MAX));
    this.#all = [...others, conversation].slice(-LATELY_MAX);
    for (const one of forgotten) {
      this.#shorten(one);
      this.#onForgotten(one);
    }
  }

  /** A message has come. */
  onCame(conversation: Conversation): void {
    if (!this.#all.includes(conversation)) this.#shorten(conversation);
  }

  #shorten(one: Conversation): void {
    if (one.isBuiltIn) return;
    one.isOpened = false;
    // A stretch of long before is not what somebody wants who comes back.
    if (one.timeline.hasAfter) one.timeline.replace([], true, true);
    else one.timeline.keepLast(HELD_ELSEWHERE_MAX);
  }
}
