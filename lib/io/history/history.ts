import type { PeerId, RoomId } from "../../base/ids.ts";
import type { HistoryLoaded, HistoryQuery, Page } from "../../chat/history.ts";
import { parseMessageId } from "../../chat/messageid.ts";
import { findEntry } from "./entries.ts";
import type { KeptEntry } from "./keptrun.ts";
import { Messages, type MessagesParts } from "./messages.ts";
import { Timeline } from "./timeline.ts";

/** What was said, as the disk has it, page by page. */
export class History {
  readonly #me: PeerId;
  readonly #parts: MessagesParts;

  constructor(me: PeerId, parts: MessagesParts) {
    this.#me = me;
    this.#parts = parts;
  }

  load({ room, from, limit }: HistoryQuery): HistoryLoaded {
    const kind = "history";
    if (!("id" in from)) {
      const step = from.step === "end" ? "before" : "after";
      return { kind, step: "page", ...this.#page(room, step, undefined, limit) };
    }
    const entry = this.#find(room, from.id);
    if (entry === undefined) return { kind, step: "unknown" };
    return { kind, step: "page", ...this.#page(room, from.step, entry, limit) };
  }

  #page(
    room: RoomId,
    step: "before" | "after" | "around",
    entry: KeptEntry | undefined,
    limit: number,
  ): Page {
    let damaged = 0;
    const timeline = new Timeline(this.#parts.statements, (entries) => (damaged += entries));
    const messages = new Messages(this.#me, this.#parts);
    const take = (entries: Iterable<KeptEntry>, count: number) =>
      messages.take(messages.each(entries), count);
    const middle = step === "around" ? take(entry === undefined ? [] : [entry], 1) : NONE;
    const half = step === "around" ? Math.floor(limit / 2) : limit;
    const below = step === "after" ? NONE : take(timeline.before(room, entry), half);
    const rest = limit - below.messages.length - middle.messages.length;
    const above = step === "before" ? NONE : take(timeline.after(room, entry), rest);
    return {
      messages: [...below.messages.toReversed(), ...middle.messages, ...above.messages],
      hasBefore: step === "after" ? entry !== undefined : below.hasMore,
      hasAfter: step === "before" ? entry !== undefined : above.hasMore,
      damaged,
    };
  }

  #find(room: RoomId, id: string): KeptEntry | undefined {
    const named = parseMessageId(id);
    if (named === undefined) return undefined;
    const { chain, seq } = named;
    const { statements, conversations } = this.#parts;
    const author = conversations
      .authors(room)
      .find((one) => conversations.chain(room, one) === chain);
    return author === undefined ? undefined : findEntry(statements, room, { author, seq });
  }
}

const NONE = { messages: [], hasMore: false };
