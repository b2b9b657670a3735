import type { RoomId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { EntryName } from "../wire/content.ts";
import type { ErrorCode } from "./events.ts";
import type { Tellings } from "./tellings.ts";

/** A message that is amended or answered. */
export type Original = EntryName & { readonly room: RoomId };

/** How a message ended of which nothing more is said; `other`: it never was one. */
export type End = "deleted" | "cancelled" | "other";

export const WHY_NOT: Readonly<Record<End, readonly [ErrorCode, string]>> = {
  deleted: ["REFUSED", "This message is deleted"],
  cancelled: ["REFUSED", "This message was cancelled before it went out: nobody else has it"],
  other: ["NO_PEER", "What has this id is no message"],
};

/** What a person is told who ends the program before that is known. */
export const TOO_LATE: readonly [ErrorCode, string] = [
  "INTERNAL",
  "The program ends before it is known whether this message still stands",
];

/** Finds out, before something more is said of a message, whether it still stands. */
export class Originals {
  readonly #chat: Chat;
  readonly #tellings: Tellings;

  constructor(parts: { readonly chat: Chat; readonly tellings: Tellings }) {
    this.#chat = parts.chat;
    this.#tellings = parts.tellings;
  }

  /** `then` is told the end, if there was one, when the disk has answered. */
  ask(original: Original, then: (now: number, end: End | undefined) => void): void {
    const { room, author, seq } = original;
    this.#tellings.ask({
      kind: "quotes",
      query: { room, names: [{ author, seq }], isAmendedOnly: false },
      make: ([quote], now) => {
        const step = quote?.step;
        const isEnded = step === "deleted" || step === "cancelled" || step === "other";
        const end = isEnded ? step : undefined;
        then(now, this.#chat.isCancelling(original) ? "cancelled" : end);
        return [];
      },
    });
  }
}
