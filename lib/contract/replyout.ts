import type { InvitationEvent, Listed, ReplyEvent, WhoisEvent } from "../node/events.ts";
import type { Member } from "../node/member.ts";
import type { OutboxEvent } from "../node/outboxevents.ts";
import type { HistoryEvent, SearchEvent } from "../node/pastevents.ts";
import type { WhyEvent } from "../node/whyevents.ts";
import { datedMs } from "./dates.ts";
import { formatInvitation } from "./invitation.ts";
import { copied, heldFor, isoTime, marksOf, pathOf, roundedMs } from "./partsout.ts";
import { keptOf } from "./saidout.ts";
import type { Outgoing } from "./schema.ts";

type ReplyOf<Command extends ReplyEvent["command"]> = Extract<ReplyEvent, { command: Command }>;

/** An answer to a command, as a line of JSON; it is given `atMs`. */
export function replyOf(event: ReplyEvent, atMs: number): Outgoing {
  const { req } = event;
  const reply = { v: 1 as const, type: "reply" as const, req, ...decidedOf(event) };
  switch (event.command) {
    case "list":
      return { ...reply, command: "list", clients: event.clients.map(clientOf) };
    case "peer":
      return { ...reply, command: "peer", client: clientOf(event.client) };
    case "punch":
      return punchedOf(event);
    case "register":
      return { ...reply, command: "register", registered: event.isRegistered };
    case "join":
    case "leave": {
      const { command, room, isPrivate, alike } = event;
      return { ...reply, command, room, private: isPrivate, ...(alike && { alike: [...alike] }) };
    }
    case "invite":
    case "new":
      return invitationOf(event);
    case "rooms": {
      const rooms = event.rooms.map(({ isPrivate, ...room }) => ({ ...room, private: isPrivate }));
      return { ...reply, command: "rooms", rooms };
    }
    case "who":
      return { ...reply, command: "who", room: event.room, members: event.members.map(memberOf) };
    case "why":
      return whyOf(event);
    case "whois":
      return whoisOf(event);
    case "retry":
      return { ...reply, command: "retry", who: event.who, connected: event.isConnected };
    case "topic":
      return { ...reply, command: "topic", room: event.room, topic: event.topic, from: event.from };
    case "presence":
      return { ...reply, command: "presence", state: event.state };
    case "verify": {
      const { command, who, trust, number, code, pictures } = event;
      return { ...reply, command, who, trust, number, code, pictures: copied(pictures) };
    }
    case "trust":
    case "block":
    case "unblock": {
      const { command, who, trust, isBlocked: blocked } = event;
      return { ...reply, command, who, trust, blocked, ...heldFor(event) };
    }
    case "history":
      return historyOf(event, atMs);
    case "retain":
      return { ...reply, command: "retain", room: event.room, keep: event.keep };
    case "search":
      return findsOf(event, atMs);
    case "cancel":
    case "read":
      return { ...reply, command: event.command, id: event.id };
    case "unread":
      return { ...reply, command: "unread", rooms: [...event.rooms] };
    case "outbox":
      return outboxOf(event, atMs);
    case "node":
      return nodeOf(event);
    case "web":
      return { ...reply, command: "web", url: event.url };
    case "doctor":
      return visitOf(event);
    default:
      return event satisfies never;
  }
}

function punchedOf({ req, command, who, rttMs }: ReplyOf<"punch">): Outgoing {
  return { v: 1, type: "reply", req, command, text: "punched", who, rttMs: roundedMs(rttMs) };
}

function nodeOf(event: ReplyOf<"node">): Outgoing {
  const { req, pid, profile, dataDirectory, server, isMapped: portmap, me, version } = event;
  const faces = event.faces.map(({ kind, sinceMs: at }) => ({ kind, since: isoTime(at) }));
  const about = { pid, profile, dataDirectory, server, portmap, me, version };
  const since = isoTime(event.sinceMs);
  return { v: 1, type: "reply", req, command: "node", ...about, since, faces };
}

function visitOf({ req, command, servers, checks, people }: ReplyOf<"doctor">): Outgoing {
  const found = { servers: [...servers], checks: [...checks], people: [...people] };
  return { v: 1, type: "reply", req, command, ...found };
}

function memberOf({ name, id, state, presence, lastSeenMs, trust, ...member }: Member) {
  const lastSeenAt = lastSeenMs === null ? null : isoTime(lastSeenMs);
  const about = { name, id, state, presence, lastSeenAt, trust };
  return { ...about, blocked: member.isBlocked, ...marksOf(member) };
}

function invitationOf(event: InvitationEvent): Outgoing {
  const { req, command, room, secret, server } = event;
  const about = { private: secret !== undefined, server: server?.name ?? null };
  const reply = { v: 1 as const, type: "reply" as const, req, ...decidedOf(event) };
  return { ...reply, command, room, ...about, link: formatInvitation(event) };
}

function historyOf(event: HistoryEvent, atMs: number): Outgoing {
  const { req, command, room, hasBefore, hasAfter, damaged } = event;
  const messages = event.messages.map((message) => keptOf(message, atMs));
  return { v: 1, type: "reply", req, command, room, messages, hasBefore, hasAfter, damaged };
}

function findsOf(event: SearchEvent, atMs: number): Outgoing {
  const { req, command, text, hasMore, unsearched, damaged } = event;
  const messages = event.messages.map((message) => keptOf(message, atMs));
  return { v: 1, type: "reply", req, command, text, messages, hasMore, unsearched, damaged };
}

function outboxOf({ req, messages, more }: OutboxEvent, atMs: number): Outgoing {
  const waiting = messages.map(({ sentAtMs, to, heldBy, ...message }) => {
    const told = { ...message, sentAt: isoTime(datedMs(sentAtMs, atMs)), to: [...to] };
    return heldBy.length === 0 ? told : { ...told, heldBy: [...heldBy] };
  });
  return { v: 1, type: "reply", req, command: "outbox", messages: waiting, more };
}

function whyOf(event: WhyEvent): Outgoing {
  const { req, who, state, text, next, expected, you, they, mapped } = event;
  const path = event.path === null ? null : pathOf(event.path);
  const tried = event.tried.map(({ atMs, ...step }) => ({ at: isoTime(atMs), ...step }));
  const about = { who, state, path, text, next, expected };
  const sides = { you, they, mapped: [...mapped], tried };
  return { v: 1, type: "reply", req, command: "why", ...about, ...sides };
}

function whoisOf({ req, command, member, path, rooms }: WhoisEvent): Outgoing {
  const about = { who: memberOf(member), path: path === null ? null : pathOf(path) };
  return { v: 1, type: "reply", req, command, ...about, rooms: [...rooms] };
}

function clientOf({ number, name, id, address, ...marks }: Listed) {
  return { number, name, id, address, ...marksOf(marks) };
}

function decidedOf(event: ReplyEvent): { readonly kept?: false } {
  return "isKept" in event ? { kept: false } : {};
}
