import { equalBytes } from "../base/bytes.ts";
import type { PeerId, RoomId } from "../base/ids.ts";
import { lookOf } from "../base/lookalikes.ts";
import { parseRoomName } from "../base/text.ts";
import type { Chat } from "../chat/chat.ts";
import { SKEW_MAX_MS } from "../chat/clock.ts";
import type { RoomKey } from "../chat/membership.ts";
import type { Topic } from "../chat/quotes.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import { decided } from "./diskevents.ts";
import type { InvitationEvent, PeerEvent, Req, RoomSummary } from "./events.ts";
import { equivocationOf } from "./equivocations.ts";
import { type Member, memberOf } from "./member.ts";
import type { Presence } from "./presence.ts";
import type { Roster } from "./roster.ts";
import type { ServerLink } from "./serverlink.ts";
import type { Tellings } from "./tellings.ts";

export interface RoomDeskOptions {
  readonly me: PeerId;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly server: ServerLink;
  readonly presence: Presence;
  readonly addressees: Addressees;
  readonly tellings: Tellings;
  readonly report: (event: PeerEvent) => void;
}

/** Where rooms are entered and left, and where it is told who is in them. */
export class RoomDesk {
  readonly #options: RoomDeskOptions;

  constructor(options: RoomDeskOptions) {
    this.#options = options;
  }

  /** Whether one is in the room now. */
  join(now: number, { req, room: text, key, server: other }: CommandOf<"join">): boolean {
    const { server, addressees, report } = this.#options;
    if (other !== undefined && !isSame(server.place, other)) {
      addressees.fail(req, "USAGE", `${text} meets at the server ${other.name}: ${ELSEWHERE}`);
      return false;
    }
    return this.#enter(now, req, text, key, ({ room, isPrivate, isKept }) => {
      const entered = { room, isPrivate, ...this.#alike(room), ...decided(isKept) };
      report({ type: "reply", req, command: "join", ...entered });
    });
  }

  /** The same of a room that nobody else can be in yet. */
  create(now: number, { req, room: text, key }: CommandOf<"new">): boolean {
    const { chat, addressees } = this.#options;
    if (chat.roomCalled(text) !== undefined) {
      addressees.fail(req, "USAGE", `You are in a room ${text} already: choose another name`);
      return false;
    }
    return this.#enter(now, req, text, key, ({ room, isKept }) => {
      this.#tellInvitation("new", req, { room, secret: key.invitation, ...decided(isKept) });
    });
  }

  leave(now: number, { req, room: text }: CommandOf<"leave">): void {
    const { chat, server, addressees, report } = this.#options;
    const name = parseRoomName(text) ?? text;
    const room = chat.roomCalled(name);
    if (room === undefined) return addressees.fail(req, "NO_PEER", `You are not in ${name}`);
    const isPrivate = chat.isPrivate(room);
    chat.leave(now, name, (isKept) => {
      const left = { room: name, isPrivate, ...decided(isKept) };
      report({ type: "reply", req, command: "leave", ...left });
    });
    server.setRooms(now, [...chat.rooms().keys()]);
  }

  invite({ req, room: text }: CommandOf<"invite">): void {
    const { chat, addressees } = this.#options;
    const name = parseRoomName(text) ?? text;
    const room = chat.roomCalled(name);
    if (room === undefined) return addressees.fail(req, "NO_PEER", `You are not in ${name}`);
    const secret = chat.invitation(room);
    if (!chat.isPrivate(room) || secret !== undefined) {
      return this.#tellInvitation("invite", req, { room: name, secret });
    }
    addressees.fail(
      req,
      "USAGE",
      `The secret of ${name} was typed in and is not kept: tell it yourself to whom you want there`,
    );
  }

  rooms(now: number, { req }: CommandOf<"rooms">): void {
    const { chat, tellings } = this.#options;
    const rooms = [...chat.rooms()].toSorted(([, a], [, b]) => (a < b ? -1 : 1));
    tellings.ask({
      kind: "topics",
      query: { rooms: rooms.map(([id]) => id), upToMs: now + SKEW_MAX_MS },
      make: (topics) => {
        const summaries = rooms.map(([id, room], i) => this.#summaryOf(id, room, topics[i]));
        return [{ type: "reply", req, command: "rooms", rooms: summaries }];
      },
    });
  }

  who({ req, room: text }: CommandOf<"who">): void {
    const { me, chat, roster, presence, addressees, report } = this.#options;
    const room = addressees.room(text);
    if (room === undefined) {
      addressees.fail(req, "NO_PEER", `You are not in ${text}`);
      return;
    }
    const mine = { presence: presence.own, lastSeenMs: null, trust: null, isBlocked: false };
    const members: Member[] = [
      { ...roster.who(me), state: "me", ...mine, ...equivocationOf(me, this.#options) },
    ];
    for (const peerId of chat.members(room)) members.push(memberOf(peerId, this.#options));
    report({ type: "reply", req, command: "who", room: parseRoomName(text) ?? text, members });
  }

  /** A name is a room's to the letter: `#Dev` is not `#dev`. */
  #alike(room: string): { readonly alike?: readonly string[] } {
    const look = lookOf(room);
    const others = [...this.#options.chat.rooms().values()].filter((name) => name !== room);
    const alike = others.filter((name) => lookOf(name) === look);
    return alike.length === 0 ? {} : { alike };
  }

  #summaryOf(id: RoomId, room: string, topic: Topic | undefined): RoomSummary {
    const { chat, roster } = this.#options;
    const members = [...chat.members(id)];
    const here = members.filter((peerId) => roster.get(peerId)?.state === "connected");
    const about = topic === undefined || topic.text === "" ? null : topic.text;
    const counts = { members: members.length, connected: here.length };
    return { room, isPrivate: chat.isPrivate(id), topic: about, ...counts };
  }

  /** Whether one is in the room now; `answer` says so when the disk has answered, too. */
  #enter(
    now: number,
    req: Req,
    text: string,
    key: RoomKey | undefined,
    answer: (entered: Entered) => void,
  ): boolean {
    const { chat, server, addressees } = this.#options;
    const name = parseRoomName(text);
    if (name === undefined) {
      addressees.fail(req, "USAGE", "A room is # and 1 to 32 letters, digits, - _ or .");
      return false;
    }
    const known = chat.roomCalled(name);
    const isPrivate = key !== undefined || (known !== undefined && chat.isPrivate(known));
    const room = chat.join(now, name, key, (isKept) => answer({ room: name, isPrivate, isKept }));
    if (room === undefined) {
      addressees.fail(req, "USAGE", known === undefined ? FULL : otherRoom(name));
      return false;
    }
    server.setRooms(now, [...chat.rooms().keys()]);
    return true;
  }

  #tellInvitation(
    command: "invite" | "new",
    req: Req,
    about: Pick<InvitationEvent, "room" | "secret" | "isKept">,
  ): void {
    const { server, report } = this.#options;
    report({ type: "reply", req, command, ...about, server: server.place });
  }
}

/** A room that one is in now. */
interface Entered {
  readonly room: string;
  readonly isPrivate: boolean;
  readonly isKept: boolean;
}

/** Nobody is introduced to those whom another server brings together. */
const ELSEWHERE = "end this client, and p2pchat client --join LINK goes there";

type Place = NonNullable<InvitationEvent["server"]>;

function isSame(place: Place | undefined, { noiseKey }: Place): boolean {
  return place !== undefined && equalBytes(place.noiseKey, noiseKey);
}

const FULL = "You are in as many rooms as one can be: leave one first";

/** The same name with another secret, or with none, is another room. */
function otherRoom(name: string): string {
  return `You are in another room ${name}, of another secret or of none: leave it first`;
}
