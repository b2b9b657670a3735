import type { NoticeLevel } from "../../contract/notices.ts";
import type { Conversation } from "./conversation.ts";

/** Conversations of which something else is wanted than usual; of more, none is added. */
export const NOTICES_MAX = 1000;

export interface NoticeOptions {
  /** As they were kept. */
  readonly notices: ReadonlyMap<string, NoticeLevel>;
  /** Whether a notice tells who wrote alone. */
  readonly hidesNotices: boolean;
  /** Keeps them; what went wrong, where it did. */
  readonly keepNotices: (notices: ReadonlyMap<string, NoticeLevel>) => string | undefined;
}

/** What of each conversation calls somebody who looks elsewhere. */
export class NoticeBook {
  readonly #levels: Map<string, NoticeLevel>;
  readonly isHiding: boolean;
  readonly #keep: NoticeOptions["keepNotices"];

  constructor({ notices, hidesNotices, keepNotices }: NoticeOptions) {
    this.#levels = new Map(notices);
    this.isHiding = hidesNotices;
    this.#keep = keepNotices;
  }

  /** Of a room what names one, of a person everything, unless it was said otherwise. */
  levelOf({ key, isRoom }: Conversation): NoticeLevel {
    return this.#levels.get(key) ?? (isRoom ? "mentions" : "all");
  }

  isMuted(conversation: Conversation): boolean {
    return this.levelOf(conversation) === "none";
  }

  calls(conversation: Conversation, isMention: boolean): boolean {
    const level = this.levelOf(conversation);
    return level === "all" || (level === "mentions" && isMention);
  }

  /** What went wrong, where it did. */
  set({ key }: Conversation, level: NoticeLevel): string | undefined {
    const isFull = this.#levels.size >= NOTICES_MAX && !this.#levels.has(key);
    if (isFull) return `${NOTICES_MAX} rooms and people have a setting: there is no place for more`;
    this.#levels.set(key, level);
    return this.#keep(this.#levels);
  }
}
