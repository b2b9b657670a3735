import { lineSafe } from "../base/text.ts";
import type { View } from "../contract/view.ts";
import type { InvitationEvent, Listed, ReplyEvent, Who } from "../node/events.ts";
import type { Member } from "../node/member.ts";
import { topicWords } from "./amendlines.ts";
import { EQUIVOCATED } from "./equivocationwords.ts";
import { findsLines, historyLines, keptWords } from "./historylines.ts";
import { personLines } from "./personlines.ts";
import type { QrScreen } from "./qrcode.ts";
import { alikeWords, invitationLines, placeWords, roomLines, roomWords } from "./roomlines.ts";
import { comparisonLines } from "./trustlines.ts";
import { outboxLines } from "./waitinglines.ts";
import { unreadWords } from "./historywords.ts";
import { clockTime, milliseconds, shortId } from "./words.ts";

/** Answers to commands, as lines: the first of each says when. */
export class ReplyLines {
  readonly #view: View;
  readonly #write: (line: string) => void;

  readonly #qr: QrScreen | undefined;

  constructor(view: View, write: (line: string) => void, qr?: QrScreen) {
    this.#view = view;
    this.#write = write;
    this.#qr = qr;
  }

  handleReply(now: number, event: ReplyEvent): void {
    switch (event.command) {
      case "list":
        this.#tellAll(now, this.#clientLines(event.clients));
        break;
      case "peer":
        this.#write(this.#clientLine(event.client));
        break;
      case "punch":
        this.#tell(now, punchWords(this.#name(event.who), event.rttMs));
        break;
      case "register":
        this.#tell(now, registerWords(event.isRegistered));
        break;
      case "join":
      case "leave":
        this.#tellAll(now, movedLines(this.#view, event));
        break;
      case "new":
      case "invite":
        this.#showInvitation(now, event);
        break;
      case "rooms":
        this.#tellAll(now, roomLines(event.rooms));
        break;
      case "who":
        this.#tell(now, `* ${this.#membersWords(now, event.room, event.members)}`);
        break;
      case "history":
        this.#tellAll(now, historyLines(this.#view, event, now));
        break;
      case "retain":
        this.#tell(now, `* ${lineSafe(event.room)}: this disk keeps ${keptWords(event.keep)}`);
        break;
      case "search":
        this.#tellAll(now, findsLines(this.#view, event, now));
        break;
      case "topic":
        this.#tell(now, topicWords(event, event.from && this.#name(event.from)));
        break;
      case "outbox":
        this.#tellAll(now, outboxLines(this.#view, event, now));
        break;
      case "why":
      case "whois":
      case "retry":
      case "presence":
      case "node":
      case "web":
      case "doctor":
        this.#tellAll(now, personLines(this.#view, event, now));
        break;
      case "verify":
        this.#tellAll(now, comparisonLines(event, this.#name(event.who), this.#qr));
        break;
      case "unread":
        this.#tell(now, unreadWords(this.#view, event.rooms));
        break;
      case "cancel":
      case "read":
      case "trust":
      case "block":
      case "unblock":
        // The event of the same change has said it.
        break;
      default:
        event satisfies never;
    }
  }

  #membersWords(now: number, room: string, members: readonly Member[]): string {
    const names = members.map(
      (member) => `${this.#name(member)} (${memberWords(member, room, now)})`,
    );
    return `${placeWords(this.#view, room)}: ${names.join(", ")}`;
  }

  #showInvitation(now: number, event: InvitationEvent): void {
    if (event.command === "new" && event.req === null) {
      // Whoever made the room has the invitation before them.
      return this.#tellAll(now, joinLines(this.#view, { ...event, isPrivate: true }));
    }
    const place = placeWords(this.#view, event.room);
    if (event.command === "new") this.#tell(now, `* you are in ${place}, and talk there now`);
    this.#tell(now, `* whoever has this is let into ${lineSafe(event.room)}:`);
    for (const line of invitationLines(event, this.#qr)) this.#write(line);
  }

  #clientLines(clients: readonly Listed[]): readonly string[] {
    const lines = clients.map((client) => this.#clientLine(client));
    return [`* the server knows ${clients.length}:`, ...lines];
  }

  #clientLine({ number, name, id, address, equivocated = [] }: Listed): string {
    const line = `  ${number} ${this.#name({ name, id })} ${lineSafe(address)} ${shortId(id)}`;
    const rooms = equivocated.map(lineSafe).join(", ");
    return rooms === "" ? line : `${line} (${EQUIVOCATED} in ${rooms})`;
  }

  #name(who: Who): string {
    return lineSafe(this.#view.nameOf(who));
  }

  #tellAll(now: number, [first, ...others]: readonly string[]): void {
    if (first !== undefined) this.#tell(now, first);
    for (const line of others) this.#write(line);
  }

  #tell(now: number, text: string): void {
    this.#write(`${clockTime(now, now)} ${text}`);
  }
}

type RoomReply = Extract<ReplyEvent, { command: "join" | "leave" }>;

function joinLines(
  view: View,
  event: Pick<RoomReply, "req" | "room" | "isPrivate" | "alike">,
): readonly string[] {
  const where = roomWords(event);
  // Another face of the same node has asked for it.
  if (event.req === null && view.room !== event.room) {
    return [`* you entered ${where} in another window; ${talkWords(view)} here`];
  }
  const entered = `* you are in ${where}, and talk there now`;
  return event.alike === undefined ? [entered] : [entered, `  ${alikeWords(event.alike)}.`];
}

function movedLines(view: View, event: RoomReply): readonly string[] {
  return event.command === "join" ? joinLines(view, event) : leaveLines(view, event);
}

function leaveLines(view: View, event: RoomReply): readonly string[] {
  const left = `* you left ${roomWords(event)}; ${talkWords(view)} now`;
  return event.isPrivate ? [left, wayBackWords(event.room)] : [left];
}

/** The same on a screen, where it is seen in which room one is now. */
export function leftWords(event: RoomReply): string {
  const room = lineSafe(event.room);
  if (!event.isPrivate) return `you left ${room}: /join ${room} brings you back`;
  return `you left ${roomWords(event)}. ${wayBackWords(event.room).trim()}`;
}

/** The way back into a private room: by its name one comes into another. */
function wayBackWords(room: string): string {
  const other = `/join ${lineSafe(room)} is the open room of that name`;
  return `  Only its link or its secret lets you in again: ${other}.`;
}

function talkWords(view: View): string {
  return view.room === undefined
    ? "you are in no room"
    : `you talk in ${placeWords(view, view.room)}`;
}

/** Such as "connected, away" or "gone, last seen 2026-11-28 14:02, blocked". */
function memberWords(member: Member, room: string, now: number): string {
  const { state, presence, lastSeenMs, trust, isBlocked, equivocated } = member;
  const words: string[] = [state];
  if (presence !== null && presence !== "online") words.push(presence);
  else if (lastSeenMs !== null) words.push(`last seen ${clockTime(lastSeenMs, now)}`);
  if (isBlocked) words.push("blocked");
  else if (trust === "changed") words.push("perhaps somebody else");
  if (equivocated?.includes(room) === true) {
    words.push(state === "me" ? `${EQUIVOCATED} here` : `${EQUIVOCATED} here: /whois says more`);
  }
  return words.join(", ");
}

function registerWords(isRegistered: boolean): string {
  if (isRegistered) return "* this client is registered with the server";
  return "* asking the server to register this client";
}

function punchWords(name: string, rttMs: number): string {
  return `* punched: ${name} answered in ${milliseconds(rttMs)}`;
}
