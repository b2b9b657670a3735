import type {
  HeardEvent,
  KeptMessageEvent,
  KeptStateEvent,
  MessageEvent,
} from "../node/sayings.ts";
import type { SaidPlace } from "../node/saidplace.ts";
import { datedMs } from "./dates.ts";
import { isoTime } from "./partsout.ts";
import type { Outgoing } from "./schema.ts";

/** What others have said, as a line of JSON; it happened `atMs`, which is `at`. */
export function heardOf(event: HeardEvent, atMs: number, at: string): Outgoing {
  switch (event.type) {
    case "message": {
      const late = event.isLate ? { late: true } : {};
      return { v: 1, type: "message", at, ...sayingOf(event, atMs), ...late };
    }
    case "edited": {
      const { id, room, from, text, isReworded: reworded } = event;
      const more = reworded === undefined ? {} : { reworded };
      return { v: 1, type: "edited", at, id, room, from, text, ...more };
    }
    case "deleted":
      return { v: 1, type: "deleted", at, id: event.id, room: event.room, from: event.from };
    case "reaction": {
      const { id, room, from, emoji, isOn: on } = event;
      return { v: 1, type: "reaction", at, id, room, from, emoji, on };
    }
    case "topic": {
      const { room, from, topic } = event;
      return { v: 1, type: "topic", at, room, from, topic };
    }
    default:
      return event satisfies never;
  }
}

/** One that was on disk; it is told `atMs`. */
export function keptOf(message: KeptMessageEvent, atMs: number) {
  const { states, reactions, moreReactions, equivocated } = message;
  const reacted = reactions?.map(({ emoji, by }) => ({ emoji, by: [...by] }));
  return {
    ...sayingOf(message, atMs),
    ...(reacted === undefined ? {} : { reactions: reacted }),
    ...(moreReactions === true ? { moreReactions } : {}),
    ...(equivocated === true ? { equivocated } : {}),
    states: states === null ? null : states.map(stateOf),
  };
}

function stateOf({ heldBy, ...state }: KeptStateEvent) {
  return heldBy === undefined ? state : { ...state, heldBy: [...heldBy] };
}

/** A place in the order of a room, told `atMs`: nothing is dated later than that. */
export function saidPlaceOut({ sentAtMs, tick, seq }: SaidPlace, atMs: number) {
  const dated = datedMs(sentAtMs, atMs);
  const ahead = dated === sentAtMs ? {} : { clockMs: sentAtMs };
  return { sentAt: isoTime(dated), tick, seq, ...ahead };
}

function sayingOf(message: MessageEvent | KeptMessageEvent, atMs: number) {
  const { id, room, from, text, action, replyTo, mention, edited } = message;
  return {
    id,
    room,
    from,
    text,
    ...saidPlaceOut(message, atMs),
    ...(action === true ? { kind: "action" as const } : {}),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mention === true ? { mention } : {}),
    ...(edited === true ? { edited } : {}),
  };
}
