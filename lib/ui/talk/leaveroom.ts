import type { Talk } from "./talk.ts";

/** Goes on elsewhere, where one was there; what was being written there is for no other. */
export function leaveRoom(talk: Talk, now: number, room: string): void {
  const next = talk.conversations.leave(room);
  talk.drafting.forget(room);
  if (next !== undefined) talk.enter(next, now);
}
