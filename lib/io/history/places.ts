import type { RoomId } from "../../base/ids.ts";
import type { PlaceLoaded, PlaceQuery } from "../../chat/history.ts";
import { parseMessageId } from "../../chat/messageid.ts";
import type { Keep } from "../../chat/retention.ts";
import type { Conversations } from "./conversations.ts";

/** Which room is meant, as far as the disk knows rooms: those that were left, too. */
export class Places {
  readonly #conversations: Conversations;
  readonly #keepOf: (room: RoomId) => Keep;

  constructor(conversations: Conversations, keepOf: (room: RoomId) => Keep) {
    this.#conversations = conversations;
    this.#keepOf = keepOf;
  }

  load(query: PlaceQuery): PlaceLoaded {
    if (query.step === "room") return this.#found(query.room, undefined);
    const { name, prefix, joined, message } = query;
    const called = this.#conversations.called(query);
    const said = called.find((room) => message !== undefined && this.#wasSaidIn(room, message));
    const meant = said ?? (prefix === "" ? joined : undefined);
    // Of one that is joined a disk that refuses knows nothing.
    if (meant !== undefined) return this.#found(meant, this.#conversations.labelOf(meant, name));
    const [only, ...others] = called;
    if (only === undefined) return { kind: "place", step: "unknown" };
    if (others.length === 0) return this.#found(only, this.#conversations.labelOf(only));
    return {
      kind: "place",
      step: "ambiguous",
      labels: called.map((room) => this.#conversations.labelOf(room)),
    };
  }

  #wasSaidIn(room: RoomId, message: string): boolean {
    const chain = parseMessageId(message)?.chain;
    const authors = this.#conversations.authors(room);
    return authors.some((author) => this.#conversations.chain(room, author) === chain);
  }

  #found(room: RoomId, label: string | undefined): PlaceLoaded {
    return { kind: "place", step: "found", room, label, keep: this.#keepOf(room) };
  }
}
