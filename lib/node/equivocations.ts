import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { Roster } from "./roster.ts";

/** What is said of somebody wherever they are listed. */
export interface Equivocation {
  /** Rooms of ours in which they have told different people different things; never empty. */
  readonly equivocated?: readonly string[];
}

/** For good, as it is on disk: of whoever has done so nowhere, nothing is said. */
export function equivocationOf(
  author: PeerId,
  { chat, roster }: { readonly chat: Chat; readonly roster: Roster },
): Equivocation {
  const direct = chat.directRoom(author);
  const rooms = [...chat.forks.roomsOf(author)].flatMap((room) => {
    return chat.rooms().get(room) ?? (room === direct ? [`@${roster.label(author)}`] : []);
  });
  return rooms.length === 0 ? {} : { equivocated: rooms.toSorted() };
}
