import { UNREAD_MAX } from "../chat/reading.ts";
import type { RoomUnread } from "../node/readevents.ts";
import type { MessageEvent } from "../node/sayings.ts";

/** Rooms and conversations that are counted; of more, those counted first are forgotten. */
export const COUNTED_MAX = 4096;

/** How much is unread, by room: what was told of it last, and what has come since. */
export class UnreadCounts {
  readonly #rooms = new Map<string, RoomUnread>();

  /** What others have said: of one's own nothing is told. */
  onMessage({ room }: Pick<MessageEvent, "room">): void {
    const { unread = 0, upTo = null } = this.#rooms.get(room) ?? {};
    this.onUnread({ room, unread: Math.min(unread + 1, UNREAD_MAX), upTo });
  }

  onUnread({ room, unread, upTo }: RoomUnread): void {
    this.#rooms.set(room, { room, unread, upTo });
    for (const oldest of this.#rooms.keys()) {
      if (this.#rooms.size <= COUNTED_MAX) return;
      this.#rooms.delete(oldest);
    }
  }

  onMoved(room: string, was: string, id: string): void {
    const known = this.#rooms.get(room);
    if (known?.upTo === was) this.#rooms.set(room, { ...known, upTo: id });
  }

  /** Messages of others, at most `UNREAD_MAX`. */
  of(room: string): number {
    return this.#rooms.get(room)?.unread ?? 0;
  }

  /** The id of the entry up to which all is read, where one is known. */
  upTo(room: string): string | null {
    return this.#rooms.get(room)?.upTo ?? null;
  }
}
