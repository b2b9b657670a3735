import type { PeerId } from "../base/ids.ts";
import { lineSafe } from "../base/text.ts";
import type {
  LogEvent,
  PeerEvent,
  PeerStateEvent,
  ReadyEvent,
  ServerEvent,
  ServerStateEvent,
  StatusEvent,
} from "../node/events.ts";
import type { WaitingFor } from "../node/outboxevents.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";
import { copied, heldFor, isoTime, marksOf, pathOf, roundedMs } from "./partsout.ts";
import { replyOf } from "./replyout.ts";
import { heardOf, keptOf, saidPlaceOut } from "./saidout.ts";
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
      return statusOf(event, atMs);
    case "unread": {
      const { room, unread, upTo } = event;
      return { v: 1, type: "unread", at, room, unread, upTo };
    }
    case "held": {
      const { req, id, room, by } = event;
      return { v: 1, type: "held", at, req, id, room, by };
    }
    case "draft": {
      const { req, room, text, replyTo } = event;
      return { v: 1, type: "draft", at, req, room, text, replyTo };
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

function statusOf(event: StatusEvent, atMs: number): Outgoing {
  const { req, id, room, state, by, reason, was, place, isReworded } = event;
  const at = isoTime(atMs);
  const more = {
    ...(was === undefined ? undefined : { was }),
    ...(place === undefined ? undefined : saidPlaceOut(place, atMs)),
    ...(isReworded === true ? { reworded: isReworded } : undefined),
  };
  return { v: 1, type: "status", at, req, id, room, state, by, reason, ...more };
}

function byeOf(waiting: readonly WaitingFor[], at: string): Outgoing {
  if (waiting.length === 0) return { v: 1, type: "bye", at };
  const told = waiting.map(({ who, count, isBarred, isBlocked, held, heldBy }) => ({
    who,
    count,
    ...(isBarred ? { barred: isBarred } : {}),
    ...(isBlocked ? { blocked: isBlocked } : {}),
    ...(held === 0 ? {} : { held }),
    ...(heldBy.length === 0 ? {} : { heldBy: [...heldBy] }),
  }));
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
  const { me, address, nat, presence } = event;
  const blocked = event.blocked === undefined ? {} : { blocked: [...event.blocked] };
  const more = presence === undefined ? blocked : { ...blocked, presence };
  const server = event.server && { ...event.server, rttMs: roundedMs(event.server.rttMs) };
  const rooms = event.rooms.map(({ room, isPrivate }) => ({ room, private: isPrivate }));
  return { v: 1, type: "ready", at, role: "client", me, server, address, nat, rooms, ...more };
}

/** Who knows nothing of such a replacement sees a server that is lost. */
function serverState(event: ServerStateEvent, at: string): Outgoing {
  const { state, address, id, reason, by, rttMs } = event;
  const server = { v: 1, type: "server", at } as const;
  if (state === "replaced") {
    const replaced = { by: by ?? null, text: reason ?? "" };
    return { ...server, state: "lost", address, id, replaced };
  }
  const measured = rttMs === undefined ? {} : { rttMs: roundedMs(rttMs) };
  const why = reason === undefined ? {} : { reason };
  return { ...server, state, address, id, ...measured, ...why };
}

function peerState(event: PeerStateEvent, at: string): Outgoing {
  const { number, who, state, trust, reason } = event;
  const path = event.path === null ? null : pathOf(event.path);
  const more = marksOf(event);
  return { v: 1, type: "peer", at, number, who, state, trust, path, reason, ...more };
}

/** A message on disk, as a line of its own. */
export function keptLineOf(message: KeptMessageEvent, atMs: number): Outgoing {
  return { v: 1, type: "history", at: isoTime(atMs), ...keptOf(message, atMs) };
}
