import type { PeerId } from "../base/ids.ts";
import { lineSafe } from "../base/text.ts";
import type { Equivocation } from "../node/equivocations.ts";
import type {
  Held,
  InvitationEvent,
  Listed,
  LogEvent,
  PeerEvent,
  PeerPath,
  PeerStateEvent,
  Picture,
  ReadyEvent,
  ReplyEvent,
  ServerEvent,
  ServerStateEvent,
  StatusEvent,
  WhoisEvent,
} from "../node/events.ts";
import type { Member } from "../node/member.ts";
import type { OutboxEvent, WaitingFor } from "../node/outboxevents.ts";
import type { HistoryEvent, SearchEvent } from "../node/pastevents.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";
import type { WhyEvent } from "../node/whyevents.ts";
import { datedMs } from "./dates.ts";
import { formatInvitation } from "./invitation.ts";
import { heardOf, keptOf } from "./saidout.ts";
import type { Outgoing } from "./schema.ts";

type Shown = Exclude<PeerEvent | ServerEvent, LogEvent>;

/** An event as a line of JSON; `atMs` is when it happened. */
export function outgoingOf(event: Shown, atMs: number): Outgoing {
  const at = isoTime(atMs);
  switch (event.type) {
    case "ready":
      return clientReady(event, at);
    case "server":
      return serverState(event, at);
    case "nat":
      return { v: 1, type: "nat", at, nat: event.nat, text: event.text };
    case "peer":
      return peerState(event, at);
    case "namesake":
      return { v: 1, type: "namesake", at, who: event.who };
    case "renamed":
      return { v: 1, type: "renamed", at, who: event.who, was: event.was };
    case "trust": {
      const { who, trust, isBlocked: blocked } = event;
      return { v: 1, type: "trust", at, who, trust, blocked, ...heldFor(event) };
    }
    case "verify": {
      const { who, state, pictures } = event;
      return { v: 1, type: "verify", at, who, state, pictures: copied(pictures) };
    }
    case "presence":
      return { v: 1, type: "presence", at, who: event.who, state: event.state };
    case "typing": {
      const { who, room, isTyping: typing } = event;
      return { v: 1, type: "typing", at, who, room, typing };
    }
    case "message":
    case "edited":
    case "deleted":
    case "reaction":
    case "topic":
      return heardOf(event, atMs, at);
    case "sync": {
      const { room, state, missing, received } = event;
      return { v: 1, type: "sync", at, room, state, missing, received };
    }
    case "equivocation":
      return { v: 1, type: "equivocation", at, room: event.room, who: event.who };
    case "disk":
      return { v: 1, type: "disk", at, state: event.state };
    case "status":
      return statusOf(event, at);
    case "unread": {
      const { room, unread, upTo } = event;
      return { v: 1, type: "unread", at, room, unread, upTo };
    }
    case "held": {
      const { req, id, room, by } = event;
      return { v: 1, type: "held", at, req, id, room, by };
    }
    case "reply":
      return replyOf(event, atMs);
    case "error": {
      const { req, code, text } = event;
      return { v: 1, type: "error", at, req, code, text: lineSafe(text) };
    }
    case "bye":
      return byeOf("waiting" in event ? event.waiting : [], at);
    default:
      return event satisfies never;
  }
}

function statusOf(event: StatusEvent, at: string): Outgoing {
  const { req, id, state, by, reason, was, isReworded } = event;
  const more = {
    ...(was === undefined ? undefined : { was }),
    ...(isReworded === true ? { reworded: isReworded } : undefined),
  };
  return { v: 1, type: "status", at, req, id, state, by, reason, ...more };
}

function byeOf(waiting: readonly WaitingFor[], at: string): Outgoing {
  if (waiting.length === 0) return { v: 1, type: "bye", at };
  const told = waiting.map(({ who, count, heldBy }) => {
    return heldBy.length === 0 ? { who, count } : { who, count, heldBy: [...heldBy] };
  });
  return { v: 1, type: "bye", at, waiting: told };
}

export interface ServerReady {
  /** What it is bound to. */
  readonly address: string;
  readonly id: PeerId;
  /** Its key as `--server HOST:PORT#KEY` takes it. */
  readonly key: string;
}

export function serverReadyOf({ address, id, key }: ServerReady, atMs: number): Outgoing {
  return { v: 1, type: "ready", at: isoTime(atMs), role: "server", address, id, key };
}

function clientReady(event: ReadyEvent, at: string): Outgoing {
  const { me, address, nat } = event;
  const blocked = event.blocked === undefined ? {} : { blocked: [...event.blocked] };
  const server = event.server && { ...event.server, rttMs: roundedMs(event.server.rttMs) };
  const rooms = event.rooms.map(({ room, isPrivate }) => ({ room, private: isPrivate }));
  return { v: 1, type: "ready", at, role: "client", me, server, address, nat, rooms, ...blocked };
}

/** Who knows nothing of such a replacement sees a server that is lost. */
function serverState({ state, address, reason, by }: ServerStateEvent, at: string): Outgoing {
  if (state !== "replaced") return { v: 1, type: "server", at, state, address };
  const replaced = { by: by ?? null, text: reason ?? "" };
  return { v: 1, type: "server", at, state: "lost", address, replaced };
}

function peerState(event: PeerStateEvent, at: string): Outgoing {
  const { number, who, state, trust, reason } = event;
  const path = event.path === null ? null : pathOf(event.path);
  const more = marksOf(event);
  return { v: 1, type: "peer", at, number, who, state, trust, path, reason, ...more };
}

function pathOf({ kind, via, local, remote, rttMs }: PeerPath) {
  return { kind, via, local, remote, rttMs: roundedMs(rttMs) };
}

function replyOf(event: ReplyEvent, atMs: number): Outgoing {
  const { req } = event;
  const reply = { v: 1 as const, type: "reply" as const, req, ...decidedOf(event) };
  switch (event.command) {
    case "list":
      return { ...reply, command: "list", clients: event.clients.map(clientOf) };
    case "peer":
      return { ...reply, command: "peer", client: clientOf(event.client) };
    case "punch": {
      const rttMs = roundedMs(event.rttMs);
      return { ...reply, command: "punch", text: "punched", who: event.who, rttMs };
    }
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
    case "who": {
      const members = event.members.map(memberOf);
      return { ...reply, command: "who", room: event.room, members };
    }
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
    case "read": {
      const { command, id } = event;
      return { ...reply, command, id };
    }
    case "unread":
      return { ...reply, command: "unread", rooms: [...event.rooms] };
    case "outbox":
      return outboxOf(event, atMs);
    default:
      return event satisfies never;
  }
}

function memberOf({ name, id, state, presence, lastSeenMs, trust, ...member }: Member) {
  const lastSeenAt = lastSeenMs === null ? null : isoTime(lastSeenMs);
  const about = { name, id, state, presence, lastSeenAt, trust };
  return { ...about, blocked: member.isBlocked, ...marksOf(member) };
}

/** A message on disk, as a line of its own. */
export function keptLineOf(message: KeptMessageEvent, atMs: number): Outgoing {
  return { v: 1, type: "history", at: isoTime(atMs), ...keptOf(message, atMs) };
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

function marksOf({ equivocated }: Equivocation) {
  return equivocated === undefined ? {} : { equivocated: [...equivocated] };
}

function decidedOf(event: ReplyEvent): { readonly kept?: false } {
  return "isKept" in event ? { kept: false } : {};
}

function heldFor({ held }: { readonly held?: Held | undefined }) {
  return held === undefined ? {} : { held: { count: held.count, by: [...held.by] } };
}

function copied(pictures: readonly Picture[] | null): Picture[] | null {
  return pictures === null ? null : [...pictures];
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** To hundredths, as far as a clock of a busy machine can be believed. */
function roundedMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
