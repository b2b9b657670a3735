import { assert } from "../../lib/base/assert.ts";
import { ChatNode } from "./chatnode.ts";
import { chatOf, messagesOf, type SideOptions } from "./sideoptions.ts";
import type { Samples } from "./tasks.ts";

/**
 * Somebody new in a room, whose history the other has: from the session with that one until the
 * last message is on this disk and told, as a process does that has only begun.
 */
export async function catchUp(options: SideOptions, warm: () => Promise<void>): Promise<Samples> {
  const missed = messagesOf(options);
  await warm();
  const node = await ChatNode.open({ ...chatOf(options), name: "near" });
  await node.meets("far");
  const startedAtMs = performance.now();
  const over = Promise.withResolvers<number>();
  let stored = 0;
  node.onEvent = (event) => {
    assert(event.type !== "error", "nothing is refused");
    if (event.type !== "message") return;
    stored += 1;
    if (stored === missed) over.resolve(performance.now());
  };
  return { perSecond: (missed / ((await over.promise) - startedAtMs)) * 1000 };
}
