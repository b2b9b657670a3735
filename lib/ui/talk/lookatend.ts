import type { Conversation } from "./conversation.ts";
import type { Talk } from "./talk.ts";

/** What is at the end of the conversation shown has been seen, if somebody looks. */
export function lookAtEnd(talk: Talk, now: number): void {
  const { current } = talk;
  if (current === undefined || !talk.isSeen(current)) return;
  current.unread.onSeen();
  if (!talk.isCounted || current.isBuiltIn) return;
  // All is read that came before it: what comes late stands further up, and has come last.
  const lastId = current.unread.lastId ?? lastOfOthers(talk, current);
  if (lastId === undefined || lastId === current.seenId) return;
  current.seenId = lastId;
  talk.seen.onWritten(now, current.key, lastId);
}

function lastOfOthers({ me }: Talk, { timeline }: Conversation): string | undefined {
  return timeline.items.findLast((item) => item.kind === "saying" && item.from.id !== me.id)?.id;
}
