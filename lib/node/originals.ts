import type { Chat } from "../chat/chat.ts";
import type { Quote } from "../chat/quotes.ts";
import type { ErrorCode } from "./events.ts";
import type { Followed, Moves } from "./moves.ts";
import type { Tellings } from "./tellings.ts";

/** A message that is amended or answered. */
export type Original = Followed;

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

export interface OriginalsParts {
  readonly chat: Pick<Chat, "named" | "isCancelling">;
  readonly tellings: Tellings;
  readonly moves: Moves;
}

/** Told the end of a message, if there was one, and by which number it is to be named. */
type Then = (now: number, end: End | undefined, original: Original) => void;

/** Finds messages that more is to be said of, and before that whether they still stand. */
export class Originals {
  readonly #parts: OriginalsParts;

  constructor(parts: OriginalsParts) {
    this.#parts = parts;
  }

  /** The message of this id, where its chain is held as far as there. */
  named(id: string): Original | undefined {
    const { chat, moves } = this.#parts;
    const name = chat.named(id);
    return name && moves.follow(name);
  }

  /** By its number of now; undefined where so much has come between that it is forgotten. */
  now(original: Original): Original | undefined {
    return this.#parts.moves.now(original);
  }

  /** `then` is told when the disk has answered. */
  ask(original: Original, then: Then): void {
    const { tellings, chat } = this.#parts;
    const { room, author, seq } = this.now(original) ?? original;
    tellings.ask({
      kind: "quotes",
      query: { room, names: [{ author, seq }], isAmendedOnly: false },
      make: ([quote], now) => {
        const current = this.now(original);
        if (current === undefined) then(now, "other", original);
        // It has another number by now: what the disk knows of this one may be another's.
        else if (current.seq !== seq) this.ask(current, then);
        else then(now, chat.isCancelling(current) ? "cancelled" : endOf(quote), current);
        return [];
      },
    });
  }
}

function endOf(quote: Quote | undefined): End | undefined {
  const step = quote?.step;
  return step === "deleted" || step === "cancelled" || step === "other" ? step : undefined;
}
