import type { PeerId } from "../base/ids.ts";
import { parseRoomName } from "../base/text.ts";
import type { Chat } from "../chat/chat.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import type { Member, PeerEvent } from "./events.ts";
import type { Roster } from "./roster.ts";
import type { ServerLink } from "./serverlink.ts";

export interface RoomDeskOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly server: ServerLink;
  readonly addressees: Addressees;
  readonly report: (event: PeerEvent) => void;
}

/** Where rooms are entered and left, and where it is told who is in them. */
export class RoomDesk {
  readonly #options: RoomDeskOptions;

  constructor(options: RoomDeskOptions) {
    this.#options = options;
  }

  /** Whether one is in the room now. */
  join(now: number, { req, room: text }: CommandOf<"join">): boolean {
    const { chat, server, addressees, report } = this.#options;
    const room = parseRoomName(text);
    if (room === undefined) {
      addressees.fail(req, "USAGE", "A room is # and 1 to 32 letters, digits, - _ or .");
      return false;
    }
    if (chat.join(now, room) === undefined) {
      addressees.fail(req, "USAGE", "You are in as many rooms as one can be: leave one first");
      return false;
    }
    server.setRooms(now, [...chat.rooms().keys()]);
    report({ type: "reply", req, command: "join", room });
    return true;
  }

  leave(now: number, { req, room: text }: CommandOf<"leave">): void {
    const { chat, server, addressees, report } = this.#options;
    const room = parseRoomName(text) ?? text;
    if (!chat.leave(now, room)) addressees.fail(req, "NO_PEER", `You are not in ${room}`);
    else {
      server.setRooms(now, [...chat.rooms().keys()]);
      report({ type: "reply", req, command: "leave", room });
    }
  }

  who({ req, room: text }: CommandOf<"who">): void {
    const { me, chat, roster, addressees, report } = this.#options;
    const room = addressees.room(text);
    if (room === undefined) {
      addressees.fail(req, "NO_PEER", `You are not in ${text}`);
      return;
    }
    const members: Member[] = [{ ...roster.who(me), state: "me" }];
    for (const peerId of chat.members(room)) {
      const state = roster.get(peerId)?.state ?? "known";
      members.push({ ...roster.who(peerId), state: state === "known" ? "gone" : state });
    }
    report({ type: "reply", req, command: "who", room: parseRoomName(text) ?? text, members });
  }
}
