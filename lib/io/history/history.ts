import { idBytes, type PeerId, type RoomId } from "../../base/ids.ts";
import type { HistoryLoaded, HistoryQuery, Page } from "../../chat/history.ts";
import { parseMessageId } from "../../chat/messageid.ts";
import type { Statements } from "../statements.ts";
import type { Conversations } from "./conversations.ts";
import { KEPT_COLUMNS, type KeptEntry, keptEntriesOf, type KeptRow } from "./keptrun.ts";
import { Messages } from "./messages.ts";
import { Timeline } from "./timeline.ts";

/** The run that an entry would be in. */
const SELECT_RUN = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE room = ? AND author = ? AND seq <= ? ORDER BY seq DESC LIMIT 1`;

/** What was said, as the disk has it, page by page. */
export class History {
  readonly #statements: Statements;
  readonly #me: PeerId;
  readonly #conversations: Conversations;

  constructor(statements: Statements, me: PeerId, conversations: Conversations) {
    this.#statements = statements;
    this.#me = me;
    this.#conversations = conversations;
  }

  load({ room, from, limit }: HistoryQuery): HistoryLoaded {
    const kind = "history";
    if (from.step === "end") {
      return { kind, step: "page", ...this.#page(room, "before", undefined, limit) };
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
    const timeline = new Timeline(this.#statements, ({ entries }) => (damaged += entries));
    const messages = new Messages(this.#statements, this.#me, this.#conversations);
    const middle = step === "around" ? messages.take(entry === undefined ? [] : [entry], 1) : NONE;
    const half = step === "around" ? Math.floor(limit / 2) : limit;
    const below = step === "after" ? NONE : messages.take(timeline.before(room, entry), half);
    const rest = limit - below.messages.length - middle.messages.length;
    const above = step === "before" ? NONE : messages.take(timeline.after(room, entry), rest);
    return {
      messages: [...below.messages.toReversed(), ...middle.messages, ...above.messages],
      hasBefore: step === "after" || below.hasMore,
      hasAfter: step === "before" ? entry !== undefined : above.hasMore,
      damaged,
    };
  }

  #find(room: RoomId, id: string): KeptEntry | undefined {
    const named = parseMessageId(id);
    if (named === undefined) return undefined;
    const { chain, seq } = named;
    const author = this.#conversations
      .authors(room)
      .find((one) => this.#conversations.chain(room, one) === chain);
    if (author === undefined) return undefined;
    const names = [idBytes(room), idBytes(author), seq] as const;
    const [row] = this.#statements.all<KeptRow>(SELECT_RUN, ...names);
    const entries = row === undefined ? undefined : keptEntriesOf(row);
    return entries?.find((entry) => entry.seq === seq);
  }
}

const NONE = { messages: [], hasMore: false };
