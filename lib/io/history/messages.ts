import type { PeerId } from "../../base/ids.ts";
import { type KeptMessage, PAGE_BYTES_MAX } from "../../chat/history.ts";
import { messageIdIn } from "../../chat/messageid.ts";
import { textOf } from "../../chat/textof.ts";
import type { Statements } from "../statements.ts";
import type { Conversations } from "./conversations.ts";
import { Deliveries } from "./deliveries.ts";
import type { KeptEntry } from "./keptrun.ts";

/** As many messages as were wanted, and whether there are more. */
export interface Some {
  readonly messages: readonly KeptMessage[];
  readonly hasMore: boolean;
}

/** Makes of entries what faces show. */
export class Messages {
  readonly #conversations: Conversations;
  readonly #deliveries: Deliveries;

  constructor(statements: Statements, me: PeerId, conversations: Conversations) {
    this.#conversations = conversations;
    this.#deliveries = new Deliveries(statements, me);
  }

  /** Undefined for an entry that no face can show. */
  of(entry: KeptEntry): KeptMessage | undefined {
    const text = textOf(entry);
    if (text === undefined) return undefined;
    const { room, author, seq, time } = entry;
    const id = messageIdIn(this.#conversations.chain(room, author), seq);
    const where = this.#conversations.where(room);
    return { id, where, author, seq, time, text, states: this.#deliveries.of(entry) };
  }

  /** From the front, until there are so many or their texts are as long as those of a page. */
  take(entries: Iterable<KeptEntry>, limit: number): Some {
    const messages: KeptMessage[] = [];
    let bytes = 0;
    for (const entry of entries) {
      const message = this.of(entry);
      if (message === undefined) continue;
      bytes += entry.body.length;
      const isFull = bytes > PAGE_BYTES_MAX && messages.length > 0;
      if (isFull || messages.length >= limit) return { messages, hasMore: true };
      messages.push(message);
    }
    return { messages, hasMore: false };
  }
}
