import type { PeerId } from "../base/ids.ts";
import { Queue } from "../base/queue.ts";
import { BULK_CHANNEL, CHAT_CHANNEL } from "../wire/channels.ts";
import { type ChatMessage, encodeChat } from "../wire/chat.ts";
import type { ChatEvent, ChatOutput } from "./events.ts";

/** What the parts of chat have to say, in the order in which they said it. The parent drains it. */
export class Outputs {
  readonly #queue = new Queue<ChatOutput>();

  push(output: ChatOutput): void {
    this.#queue.push(output);
  }

  send(peer: PeerId, message: ChatMessage): void {
    this.push({ kind: "send", peer, channel: CHAT_CHANNEL, message: encodeChat(message) });
  }

  /** What must never delay a word, and is asked for again where it is lost. */
  sendBulk(peer: PeerId, message: ChatMessage): void {
    this.push({ kind: "send", peer, channel: BULK_CHANNEL, message: encodeChat(message) });
  }

  event(event: ChatEvent): void {
    this.push({ kind: "event", event });
  }

  poll(): ChatOutput | undefined {
    return this.#queue.shift();
  }
}
