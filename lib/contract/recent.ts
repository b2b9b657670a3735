import type { Who } from "../node/events.ts";
import type { KeptMessageEvent, MessageEvent } from "../node/sayings.ts";

/** Messages that can be spoken about; of more, those shown first are forgotten. */
export const RECENT_MAX = 1000;

/** Digits of a message's id that are taken for all of it. */
const ID_DIGITS_MIN = 8;

export interface RecentMessage {
  /** Counts from 1, in the order in which they were shown. */
  readonly number: number;
  readonly id: string;
  /** Where an answer goes. */
  readonly room: string;
  /** Undefined for one's own. */
  readonly from: Who | undefined;
  readonly text: string;
  readonly isAction: boolean;
}

/** The messages that a person has seen of late, and by what they may call them. */
export class Recent {
  readonly #messages = new Map<string, RecentMessage>();
  #count = 0;

  /** One that was said, or shown of what was said before. */
  onMessage(message: MessageEvent | KeptMessageEvent, me: Who | undefined): void {
    const { id, room, from, text, action = false } = message;
    this.#keep(id, room, from.id === me?.id ? undefined : from, text, action);
  }

  onOwn(id: string, room: string, text: string, isAction: boolean): void {
    this.#keep(id, room, undefined, text, isAction);
  }

  onEdited(id: string, text: string): void {
    const known = this.#messages.get(id);
    if (known !== undefined) this.#messages.set(id, { ...known, text });
  }

  onDeleted(id: string): void {
    this.#messages.delete(id);
  }

  get(id: string): RecentMessage | undefined {
    return this.#messages.get(id);
  }

  /** The last ones of a room, the oldest first. */
  last(room: string, count: number): readonly RecentMessage[] {
    return this.#all.filter((message) => message.room === room).slice(-count);
  }

  /** One's own last one there. */
  ownLast(room: string): RecentMessage | undefined {
    return this.last(room, RECENT_MAX).findLast(({ from }) => from === undefined);
  }

  /** `^12` or `12`, `name` or `name~id` for their last, or how an id begins. */
  called(word: string): RecentMessage | undefined {
    const number = /^\^?([0-9]{1,7})$/.exec(word)?.[1];
    if (number !== undefined) return this.#all.find((one) => one.number === Number(number));
    const [name = "", prefix = ""] = word.replace(/^@/, "").split("~", 2);
    const said = this.#all.findLast(({ from }) => {
      return from?.name === name && from.id.startsWith(prefix);
    });
    if (said !== undefined || word.length < ID_DIGITS_MIN) return said;
    const [only, ...others] = this.#all.filter(({ id }) => id.startsWith(word));
    return others.length === 0 ? only : undefined;
  }

  get #all(): RecentMessage[] {
    return [...this.#messages.values()];
  }

  #keep(id: string, room: string, from: Who | undefined, text: string, isAction: boolean): void {
    const known = this.#messages.get(id);
    if (known === undefined) this.#count += 1;
    const { number } = known ?? { number: this.#count };
    this.#messages.set(id, { number, id, room, from, text, isAction });
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= RECENT_MAX) return;
      this.#messages.delete(oldest);
    }
  }
}
