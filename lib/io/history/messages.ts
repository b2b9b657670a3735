import { encodeUtf8 } from "../../base/text.ts";
import { idBytes, type PeerId, type RoomId } from "../../base/ids.ts";
import { contentOf } from "../../chat/contentof.ts";
import { type KeptMessage, type KeptReply, PAGE_BYTES_MAX } from "../../chat/history.ts";
import { messageIdIn } from "../../chat/messageid.ts";
import { compareEntries } from "../../chat/order.ts";
import { isMessage } from "../../chat/quotes.ts";
import type { EntryName } from "../../wire/content.ts";
import type { Statements } from "../statements.ts";
import type { Conversations } from "./conversations.ts";
import { Deliveries } from "./deliveries.ts";
import { findEntry } from "./entries.ts";
import type { KeptEntry } from "./keptrun.ts";
import type { Quotes } from "./quotes.ts";

const SELECT_FORKED = "SELECT 1 FROM forks WHERE room = ? AND author = ?";

/** As many messages as were wanted, and whether there are more. */
export interface Some {
  readonly messages: readonly KeptMessage[];
  readonly hasMore: boolean;
}

export interface MessagesParts {
  readonly statements: Statements;
  readonly conversations: Conversations;
  readonly quotes: Quotes;
}

/** Makes of entries what faces show: each message with all that was said of it since. */
export class Messages {
  readonly #parts: MessagesParts;
  readonly #deliveries: Deliveries;

  constructor(me: PeerId, parts: MessagesParts) {
    this.#parts = parts;
    this.#deliveries = new Deliveries(parts.statements, me);
  }

  /** Undefined for an entry that is no message, or is deleted. */
  of(entry: KeptEntry): KeptMessage | undefined {
    const content = contentOf(entry);
    if (content === undefined || !isMessage(content)) return undefined;
    const { conversations, quotes } = this.#parts;
    const quote = quotes.of(entry);
    if (quote.step !== "said") return undefined;
    const { room, author, seq, time } = entry;
    return {
      id: messageIdIn(conversations.chain(room, author), seq),
      where: conversations.where(room),
      author,
      seq,
      time,
      text: quote.text,
      isAction: content.kind === "action",
      replyTo: content.kind === "reply" ? this.#replyOf(room, content.to) : undefined,
      isEdited: quote.editSeq !== undefined,
      reactions: quote.reactions,
      hasMoreReactions: quote.hasMoreReactions === true,
      isForked: this.#isForked(room, author),
      states: this.#deliveries.of(entry),
    };
  }

  /** Those that entries are, in the order of these. */
  *each(entries: Iterable<KeptEntry>): Generator<KeptMessage> {
    for (const entry of entries) {
      const message = this.of(entry);
      if (message !== undefined) yield message;
    }
  }

  /**
   * Those whose words entries have, the message said last first, where the entries come so. The
   * edit of a message comes before its place: what was found is held until nothing later can be,
   * of more than `limit` those said last.
   */
  *worded(entries: Iterable<KeptEntry>, limit: number): Generator<KeptMessage> {
    const found: KeptMessage[] = [];
    for (const entry of entries) {
      const message = this.#worded(entry);
      if (message === undefined) continue;
      const at = found.findLastIndex((one) => compareEntries(one, message) < 0);
      found.splice(at + 1, 0, message);
      if (found.length > limit) found.shift();
      for (let top = found.at(-1); top !== undefined; top = found.at(-1)) {
        if (compareEntries(top, entry) < 0) break;
        found.pop();
        yield top;
      }
    }
    yield* found.toReversed();
  }

  /** From the front, until there are so many or their texts are as long as those of a page. */
  take(kept: Iterable<KeptMessage>, limit: number): Some {
    const messages: KeptMessage[] = [];
    let bytes = 0;
    for (const message of kept) {
      bytes += encodeUtf8(message.text).length;
      const isFull = bytes > PAGE_BYTES_MAX && messages.length > 0;
      if (isFull || messages.length >= limit) return { messages, hasMore: true };
      messages.push(message);
    }
    return { messages, hasMore: false };
  }

  /** The message whose words an entry has: its own, or the last that it was edited to. */
  #worded(entry: KeptEntry): KeptMessage | undefined {
    const { statements, quotes } = this.#parts;
    const { room, author } = entry;
    const content = contentOf(entry);
    const isEdit = content?.kind === "edit";
    const target = isEdit ? findEntry(statements, room, { author, seq: content.seq }) : entry;
    const quote = target && quotes.of(target);
    if (target === undefined || quote?.step !== "said") return undefined;
    return quote.editSeq === (isEdit ? entry.seq : undefined) ? this.of(target) : undefined;
  }

  #isForked(room: RoomId, author: PeerId): boolean {
    const chain = [idBytes(room), idBytes(author)] as const;
    return this.#parts.statements.all(SELECT_FORKED, ...chain).length > 0;
  }

  #replyOf(room: RoomId, to: EntryName): KeptReply {
    const { conversations, quotes } = this.#parts;
    const quote = quotes.named(room, to);
    const id = messageIdIn(conversations.chain(room, to.author), to.seq);
    return { id, author: to.author, text: quote.step === "said" ? quote.text : undefined };
  }
}
