import type { Conversation } from "../talk/conversation.ts";
import { Viewport } from "./viewport.ts";

/** What of each conversation the terminal shows. */
export class Viewports {
  readonly #all = new WeakMap<Conversation, Viewport>();

  of(conversation: Conversation): Viewport {
    const known = this.#all.get(conversation);
    if (known !== undefined) return known;
    const made = new Viewport();
    this.#all.set(conversation, made);
    return made;
  }
}
