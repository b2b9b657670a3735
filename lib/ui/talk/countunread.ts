import type { ReplyEvent } from "../../node/events.ts";
import { Seen } from "../seen.ts";
import type { Conversation } from "./conversation.ts";
import type { Talk } from "./talk.ts";

/** How much is unread, and where, as the node was asked for it at the beginning or since. */
export function countUnread(
  talk: Talk,
  { req, rooms }: Extract<ReplyEvent, { command: "unread" }>,
): void {
  const isFirst = Seen.isFirst(req);
  if (isFirst) talk.isCounted = true;
  const told = new Set<Conversation>();
  for (const room of rooms) {
    const where = talk.conversations.at(room.room);
    if (isFirst) where.unread.onFound(room, talk.isSeen(where));
    else where.unread.onTold(room, talk.isSeen(where));
    told.add(where);
  }
  if (!isFirst) return;
  // Of a conversation of two it is told only where something is unread.
  for (const where of talk.conversations.direct) if (!told.has(where)) where.unread.onNotFound();
}
