import type { LogEvent, PeerEvent } from "../node/events.ts";
import { equivocationIn, heldIn } from "./partsin.ts";
import { replyIn } from "./replyin.ts";
import { heardIn, saidPlaceIn } from "./saidin.ts";
import type { Outgoing } from "./schema.ts";

type Line<Type extends Outgoing["type"]> = Extract<Outgoing, { type: Type }>;
type Shown = Exclude<PeerEvent, LogEvent>;

/**
 * The event of a client that `outgoingOf` makes such a line of. Durations come back in hundredths
 * of a ms, texts of errors in one line, and nothing is dated later than it was told. Undefined for
 * what a server or another command of the program writes, and where a field is missing that v1 has
 * not had from its beginning.
 */
export function eventOf(line: Outgoing): Shown | undefined {
  switch (line.type) {
    case "ready":
      return line.role === "client" ? readyIn(line) : undefined;
    case "server":
      return serverIn(line);
    case "nat": {
      const { type, nat, text } = line;
      // A doctor's, of each family of addresses.
      return line.family === undefined ? { type, nat, text } : undefined;
    }
    case "peer": {
      const { type, number, who, state, trust, path, reason } = line;
      return { type, number, who, state, trust, path, reason, ...equivocationIn(line) };
    }
    case "message":
    case "edited":
    case "deleted":
    case "reaction":
    case "topic":
      return heardIn(line);
    case "status":
      return statusIn(line);
    case "reply":
      return replyIn(line);
    case "bye":
      return byeIn(line);
    case "check":
    case "prediction":
    case "grade":
    case "meeting":
    case "history":
      return undefined;
    case "namesake":
    case "renamed":
    case "trust":
    case "verify":
    case "presence":
    case "typing":
    case "sync":
    case "equivocation":
    case "disk":
    case "unread":
    case "held":
    case "draft":
    case "error":
      return sameIn(line);
    default:
      return line satisfies never;
  }
}

type SameLine = Line<
  | "namesake"
  | "renamed"
  | "trust"
  | "verify"
  | "presence"
  | "typing"
  | "sync"
  | "equivocation"
  | "disk"
  | "unread"
  | "held"
  | "draft"
  | "error"
>;

/** What has nearly the same fields on both sides. */
function sameIn(line: SameLine): Shown {
  switch (line.type) {
    case "namesake":
      return { type: "namesake", who: line.who };
    case "renamed":
      return { type: "renamed", who: line.who, was: line.was };
    case "trust": {
      const { type, who, trust, blocked: isBlocked } = line;
      return { type, who, trust, isBlocked, ...heldIn(line) };
    }
    case "verify":
      return { type: "verify", who: line.who, state: line.state, pictures: line.pictures };
    case "presence":
      return { type: "presence", who: line.who, state: line.state };
    case "typing":
      return { type: "typing", who: line.who, room: line.room, isTyping: line.typing };
    case "sync": {
      const { type, room, state, missing, received } = line;
      return { type, room, state, missing, received };
    }
    case "equivocation":
      return { type: "equivocation", room: line.room, who: line.who };
    case "disk":
      return { type: "disk", state: line.state };
    case "unread":
      return { type: "unread", room: line.room, unread: line.unread, upTo: line.upTo };
    case "held": {
      const { type, req, id, room, by } = line;
      return { type, req, id, room, by };
    }
    case "draft": {
      const { type, req, room, text, replyTo } = line;
      return { type, req, room, text, replyTo };
    }
    case "error":
      return { type: "error", req: line.req, code: line.code, text: line.text };
    default:
      return line satisfies never;
  }
}

function readyIn(line: Extract<Line<"ready">, { role: "client" }>): Shown {
  const { type, me, server, address, nat, blocked, presence } = line;
  const rooms = line.rooms.map(({ room, private: isPrivate }) => ({ room, isPrivate }));
  const also = {
    ...(blocked === undefined ? {} : { blocked }),
    ...(presence === undefined ? {} : { presence }),
  };
  return { type, me, server, address, nat, rooms, ...also };
}

function serverIn(line: Line<"server">): Shown | undefined {
  const { type, state, address, id, replaced, reason, rttMs } = line;
  if (id === undefined) return undefined;
  if (replaced !== undefined) {
    const { by, text } = replaced;
    const where = by === null ? {} : { by };
    return { type, state: "replaced", address, id, reason: text, ...where };
  }
  return { type, state, address, id, reason, ...(rttMs === undefined ? {} : { rttMs }) };
}

function statusIn(line: Line<"status">): Shown | undefined {
  const { type, req, id, room, state, by, reason, was, reworded: isReworded } = line;
  const place = saidPlaceIn(line);
  if (room === undefined) return undefined;
  const more = {
    ...(was === undefined ? {} : { was }),
    ...(place === undefined ? {} : { place }),
    ...(isReworded === undefined ? {} : { isReworded }),
  };
  return { type, req, id, room, state, by, reason, ...more };
}

function byeIn({ type, waiting = [] }: Line<"bye">): Shown {
  const told = waiting.map(({ who, count, barred, blocked, held = 0, heldBy = [] }) => {
    return { who, count, isBarred: barred === true, isBlocked: blocked === true, held, heldBy };
  });
  return { type, waiting: told };
}
