import { addressScope, parseAddress } from "../base/address.ts";
import { lineSafe } from "../base/text.ts";
import { formatInvitation } from "../contract/invitation.ts";
import type { View } from "../contract/view.ts";
import type { InvitationEvent, RoomSummary } from "../node/events.ts";
import { qrOn, type QrScreen } from "./qrcode.ts";

/** What whoever gets a link does with it: they may not have begun yet. */
const FOLLOWING = "  They follow it with /join LINK, or begin with p2pchat client --join LINK.";

/** The link, what it is good for, and its QR code where that fits. */
export function invitationLines(event: InvitationEvent, qr: QrScreen | undefined): string[] {
  const link = formatInvitation(event);
  const where = withinWords(event);
  const lines = [`  ${link}`, FOLLOWING, ...(where === undefined ? [] : [`  ${where}`])];
  return [...lines, ...qrOn(qr, link)];
}

/** Where alone an invitation is good for something; undefined of one that is so everywhere. */
export function withinWords({ server }: Pick<InvitationEvent, "server">): string | undefined {
  if (server === undefined) return "It names no server: it works on your local network.";
  if (!isOfThisMachine(server.name)) return undefined;
  return `It names ${server.name}: only this machine finds that server.`;
}

/** The name, and whether the room is private. */
export function roomWords({ room, isPrivate }: Pick<RoomSummary, "room" | "isPrivate">): string {
  return `${lineSafe(room)}${isPrivate ? " (private)" : ""}`;
}

/** Rooms that one is in as well, and may take for the one that was entered. */
export function alikeWords([first = "", ...others]: readonly string[]): string {
  const [are, rooms] = others.length === 0 ? ["is", "another room"] : ["are", "other rooms"];
  return `${[first, ...others].map(lineSafe).join(", ")}, where you are as well, ${are} ${rooms}`;
}

/** The same of a room, or a conversation of two, by its name alone. */
export function placeWords(view: View, room: string): string {
  return roomWords({ room, isPrivate: view.isPrivate(room) });
}

/** The rooms that one is in. */
export function roomLines(rooms: readonly RoomSummary[]): readonly string[] {
  if (rooms.length === 0) return ["* you are in no room"];
  return ["* you are in these rooms:", ...rooms.map((room) => `  ${summaryOf(room)}`)];
}

/** What there is to say of a room that one is in. */
function summaryOf(summary: RoomSummary): string {
  const { members, connected, topic } = summary;
  const about = topic === null || topic === "" ? "" : `; about ${lineSafe(topic)}`;
  if (members === 0) return `${roomWords(summary)}: nobody else${about}`;
  const others = `${members} other${members === 1 ? "" : "s"}`;
  return `${roomWords(summary)}: ${others}, ${connected} connected${about}`;
}

function isOfThisMachine(server: string): boolean {
  const address = parseAddress(server);
  if (address !== undefined) return addressScope(address) === "loopback";
  return server.startsWith("localhost:");
}
