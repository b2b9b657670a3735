import type { Talk } from "./talk.ts";

/** What is at the end of the conversation shown has been seen, if somebody looks. */
export function lookAtEnd(talk: Talk, now: number): void {
  const { current } = talk;
  if (current === undefined || !talk.isSeen(current)) return;
  current.unread.onSeen();
  if (!talk.isCounted || current.isBuiltIn) return;
  const last = current.timeline.items.findLast((item) => {
    return item.kind === "saying" && item.from.id !== talk.me.id;
  });
  if (last === undefined || last.id === current.seenId) return;
  current.seenId = last.id;
  talk.seen.onWritten(now, current.key, last.id);
}
