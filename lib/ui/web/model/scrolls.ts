import type { Conversation } from "../../talk/conversation.ts";
import { type Anchor, END } from "./anchor.ts";
import { Heights } from "./heights.ts";

/** Where somebody is in a conversation, and how high what is said there is. */
export interface Scroll {
  readonly heights: Heights;
  anchor: Anchor;
}

/** Of each conversation that was looked at. */
export class Scrolls {
  readonly #all = new WeakMap<Conversation, Scroll>();

  of(conversation: Conversation): Scroll {
    const known = this.#all.get(conversation);
    if (known !== undefined) return known;
    const made = { heights: new Heights(), anchor: END };
    this.#all.set(conversation, made);
    return made;
  }

  /** Who comes back there is at its end. */
  forget(conversation: Conversation): void {
    this.#all.delete(conversation);
  }
}
