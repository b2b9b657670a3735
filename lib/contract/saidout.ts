import type {
  HeardEvent,
  KeptMessageEvent,
  KeptStateEvent,
  MessageEvent,
} from "../node/sayings.ts";
import { datedMs } from "./dates.ts";
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

function sayingOf(message: MessageEvent | KeptMessageEvent, atMs: number) {
  const sentAt = new Date(datedMs(message.sentAtMs, atMs)).toISOString();
  const { id, room, from, text, tick, seq, action, replyTo, mention, edited } = message;
  return {
    id,
    room,
    from,
    text,
    sentAt,
    tick,
    seq,
    ...(action === true ? { kind: "action" as const } : {}),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mention === true ? { mention } : {}),
    ...(edited === true ? { edited } : {}),
  };
}
