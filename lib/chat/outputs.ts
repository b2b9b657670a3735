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

  /** The session with this peer is over: what was to be said in it is not said in the next. */
  drop(peer: PeerId): void {
    for (let left = this.#queue.length; left > 0; left--) {
      const output = this.#queue.shift();
      if (output === undefined) return;
      if (output.kind !== "send" || output.peer !== peer) this.#queue.push(output);
    }
  }

  poll(): ChatOutput | undefined {
    return this.#queue.shift();
  }
}
