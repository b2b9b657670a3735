import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";

/** What is said of somebody wherever they are listed. */
export interface Equivocation {
  /** Rooms of ours in which they have told different people different things; never empty. */
  readonly equivocated?: readonly string[];
}

/** For good, as it is on disk: of whoever has done so nowhere, nothing is said. */
export function equivocationOf(
  author: PeerId,
  { chat }: { readonly chat: Pick<Chat, "forks" | "rooms"> },
): Equivocation {
  const rooms = [...chat.forks.roomsOf(author)].flatMap((room) => chat.rooms().get(room) ?? []);
  return rooms.length === 0 ? {} : { equivocated: rooms.toSorted() };
}
