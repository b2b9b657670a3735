import type { RoomId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { ChatEvent, UnreadChange } from "../chat/events.ts";
import { messageId } from "../chat/messageid.ts";
import type { Unread } from "../chat/records.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { PeerEvent } from "./events.ts";
import type { Roster } from "./roster.ts";
import type { RoomUnread } from "./readevents.ts";

export interface ReadDeskOptions {
  readonly chat: Chat;
  readonly roster: Roster;
  readonly addressees: Addressees;
  readonly report: (event: PeerEvent) => void;
}

/** Where a person says what they have read, and asks what they have not. */
export class ReadDesk {
  readonly #options: ReadDeskOptions;

  constructor(options: ReadDeskOptions) {
    this.#options = options;
  }

  read({ req, id }: CommandOf<"read">): void {
    const { chat, addressees } = this.#options;
    const named = chat.named(id);
    if (named === undefined) {
      addressees.fail(req, "NO_PEER", "No message with this id is kept");
    } else if (!chat.reading.mark(named, { id, req })) {
      addressees.fail(req, "USAGE", "Too much is marked as read at once");
    }
  }

  unread({ req }: CommandOf<"unread">): void {
    this.#options.chat.reading.ask(req);
  }

  onUnread(event: UnreadChange): void {
    const { report } = this.#options;
    const rooms = event.rooms.flatMap((unread) => this.#toldOf(unread));
    switch (event.cause) {
      case "asked":
        report({ type: "reply", req: event.req, command: "unread", rooms: this.#all(rooms) });
        return;
      case "marked":
        for (const room of rooms) report({ type: "unread", ...room });
        report({ type: "reply", req: event.req, command: "read", id: event.id });
        return;
      case "changed":
        for (const room of rooms) report({ type: "unread", ...room });
        return;
      default:
        event satisfies never;
    }
  }

  /** The disk refuses. */
  onUnmarked({ req }: Extract<ChatEvent, { kind: "unmarked" }>): void {
    const text = "The disk refuses: what is read is not kept";
    this.#options.addressees.fail(req, "INTERNAL", text);
  }

  /** Those that one is in come first, whether something is unread there or not. */
  #all(unread: readonly RoomUnread[]): readonly RoomUnread[] {
    const { chat } = this.#options;
    const byName = new Map(unread.map((one) => [one.room, one]));
    const rooms = [...chat.rooms().values()].toSorted();
    const all = rooms.map((room) => byName.get(room) ?? { room, unread: 0, upTo: null });
    return [...all, ...unread.filter(({ room }) => room.startsWith("@"))];
  }

  /** Nothing of a room that one has left. */
  #toldOf({ room: id, count, upTo }: Unread): RoomUnread[] {
    const room = this.#nameOf(id);
    if (room === undefined) return [];
    const last = upTo === undefined ? null : messageId(id, upTo.author, upTo.seq);
    return [{ room, unread: count, upTo: last }];
  }

  #nameOf(id: RoomId): string | undefined {
    const { chat, roster } = this.#options;
    const name = chat.rooms().get(id);
    if (name !== undefined) return name;
    const peer = this.#options.addressees.otherIn(id);
    return peer === undefined ? undefined : `@${roster.label(peer)}`;
  }
}
