import type { Listed, ReplyEvent } from "../node/events.ts";
import type { Member } from "../node/member.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";
import { readInvitation } from "./invitation.ts";
import { equivocationIn, heldIn, msOf } from "./partsin.ts";
import { keptIn } from "./saidin.ts";
import type { Outgoing } from "./schema.ts";

type ReplyLine = Extract<Outgoing, { type: "reply" }>;
type LineOf<Command extends ReplyLine["command"]> = Extract<ReplyLine, { command: Command }>;
type MemberLine = LineOf<"who">["members"][number];

/** The answer that `replyOf` makes such a line of. */
export function replyIn(line: ReplyLine): ReplyEvent | undefined {
  const { type, req } = line;
  const reply = { type, req };
  switch (line.command) {
    case "list":
      return { ...reply, command: "list", clients: line.clients.map(clientIn) };
    case "peer":
      return { ...reply, command: "peer", client: clientIn(line.client) };
    case "punch":
      return { ...reply, command: "punch", who: line.who, rttMs: line.rttMs };
    case "register":
      return { ...reply, command: "register", isRegistered: line.registered };
    case "join":
    case "leave": {
      const { command, room, private: isPrivate, alike } = line;
      const also = alike === undefined ? {} : { alike };
      return { ...reply, ...decidedIn(line), command, room, isPrivate, ...also };
    }
    case "rooms": {
      const rooms = line.rooms.map(({ private: isPrivate, ...room }) => ({ ...room, isPrivate }));
      return { ...reply, command: "rooms", rooms };
    }
    case "invite":
    case "new": {
      const { command, room, link } = line;
      const invitation = readInvitation(link);
      return invitation && { ...reply, ...decidedIn(line), command, room, ...invitation };
    }
    case "who":
      return { ...reply, command: "who", room: line.room, members: line.members.map(memberIn) };
    case "why":
    case "whois":
    case "retry":
    case "verify":
    case "trust":
    case "block":
    case "unblock":
      return personIn(line);
    case "topic":
      return { ...reply, command: "topic", room: line.room, topic: line.topic, from: line.from };
    case "presence":
      return { ...reply, command: "presence", state: line.state };
    case "retain": {
      const { command, room, keep } = line;
      return { ...reply, ...decidedIn(line), command, room, keep };
    }
    case "history":
    case "search":
    case "outbox":
      return pastIn(line);
    case "cancel":
    case "read":
      return { ...reply, command: line.command, id: line.id };
    case "unread":
      return { ...reply, command: "unread", rooms: line.rooms };
    case "node":
    case "web":
    case "doctor":
      return shellIn(line);
    default:
      return line satisfies never;
  }
}

/** Of one person. */
function personIn(
  line: LineOf<"why" | "whois" | "retry" | "verify" | "trust" | "block" | "unblock">,
): ReplyEvent {
  const { type, req } = line;
  const reply = { type, req };
  switch (line.command) {
    case "why": {
      const { command, who, state, path, text, next, expected, you, they, mapped } = line;
      const tried = line.tried.map(({ at, text: step, times }) => {
        return { atMs: msOf(at), text: step, times };
      });
      const about = { who, state, path, text, next, expected, you, they, mapped, tried };
      return { ...reply, command, ...about };
    }
    case "whois": {
      const { command, who, path, rooms } = line;
      return { ...reply, command, member: memberIn(who), path, rooms };
    }
    case "retry":
      return { ...reply, command: "retry", who: line.who, isConnected: line.connected };
    case "verify": {
      const { command, who, trust, number, code, pictures } = line;
      return { ...reply, ...decidedIn(line), command, who, trust, number, code, pictures };
    }
    case "trust":
    case "block":
    case "unblock": {
      const { command, who, trust, blocked: isBlocked } = line;
      return { ...reply, ...decidedIn(line), command, who, trust, isBlocked, ...heldIn(line) };
    }
    default:
      return line satisfies never;
  }
}

/** Of what was said; what lacks its place is left out. */
function pastIn(line: LineOf<"history" | "search" | "outbox">): ReplyEvent {
  const { type, req } = line;
  const reply = { type, req };
  switch (line.command) {
    case "history": {
      const { command, room, hasBefore, hasAfter, damaged } = line;
      const messages = messagesIn(line.messages);
      return { ...reply, command, room, messages, hasBefore, hasAfter, damaged };
    }
    case "search": {
      const { command, text, hasMore, unsearched, damaged } = line;
      const messages = messagesIn(line.messages);
      return { ...reply, command, text, messages, hasMore, unsearched, damaged };
    }
    case "outbox": {
      const messages = line.messages.map(({ sentAt, heldBy = [], ...message }) => {
        return { ...message, sentAtMs: msOf(sentAt), heldBy };
      });
      return { ...reply, command: "outbox", messages, more: line.more };
    }
    default:
      return line satisfies never;
  }
}

/** Of who runs the node. */
function shellIn(line: LineOf<"node" | "web" | "doctor">): ReplyEvent {
  const { type, req } = line;
  const reply = { type, req };
  if (line.command === "web") return { ...reply, command: "web", url: line.url };
  if (line.command === "doctor") {
    const { servers, checks, people } = line;
    return { ...reply, command: "doctor", servers, checks, people };
  }
  const { command, pid, profile, dataDirectory, server, portmap: isMapped, me, version } = line;
  const faces = line.faces.map((face) => ({ kind: face.kind, sinceMs: msOf(face.since) }));
  const about = { pid, profile, dataDirectory, server, isMapped, me, version };
  return { ...reply, command, ...about, sinceMs: msOf(line.since), faces };
}

function messagesIn(lines: LineOf<"history">["messages"]): readonly KeptMessageEvent[] {
  return lines.flatMap((line) => keptIn(line) ?? []);
}

function clientIn(line: LineOf<"peer">["client"]): Listed {
  const { number, name, id, address } = line;
  return { number, name, id, address, ...equivocationIn(line) };
}

function memberIn(line: MemberLine): Member {
  const { name, id, state, presence, lastSeenAt, trust, blocked: isBlocked } = line;
  const lastSeenMs = lastSeenAt === null ? null : msOf(lastSeenAt);
  const about = { name, id, state, presence, lastSeenMs, trust, isBlocked };
  return { ...about, ...equivocationIn(line) };
}

function decidedIn(line: { readonly kept?: false | undefined }): { readonly isKept?: false } {
  return line.kept === undefined ? {} : { isKept: false };
}
