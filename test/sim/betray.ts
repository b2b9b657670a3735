import { assert } from "../../lib/base/assert.ts";
import { Chat } from "../../lib/chat/chat.ts";
import type { ChatOutput } from "../../lib/chat/events.ts";
import type { PeerNode } from "../../lib/node/peer.ts";
import type { Lies } from "../chat/traitor.ts";

/**
 * A whole node whose chat is lied for on its way out: what is made of it leaves in sessions that
 * are real, with keys that are real. Only this one's is, whatever else runs.
 */
export function betray(boot: () => PeerNode, lies: Lies): PeerNode {
  const { prototype } = Chat;
  const honest = Object.getOwnPropertyDescriptor(prototype, "pollOutput");
  assert(honest !== undefined, "a chat is asked what it has to say");
  const restore = (): Chat => Object.defineProperty(prototype, "pollOutput", honest);
  // A node asks its chat while it is made, and who asks first is the one.
  prototype.pollOutput = function caught(this: Chat): ChatOutput | undefined {
    restore();
    this.pollOutput = lying(() => prototype.pollOutput.call(this), lies);
    return this.pollOutput();
  };
  try {
    return boot();
  } finally {
    restore();
  }
}

function lying(poll: () => ChatOutput | undefined, lies: Lies): () => ChatOutput | undefined {
  const left: ChatOutput[] = [];
  return () => {
    for (;;) {
      const next = left.shift();
      if (next !== undefined) return next;
      const output = poll();
      if (output?.kind !== "send") return output;
      for (const message of lies(output.peer, output.message)) left.push({ ...output, message });
    }
  };
}
