import type {
  HeardEvent,
  KeptMessageEvent,
  KeptStateEvent,
  MessageEvent,
} from "../node/sayings.ts";
import type { SaidPlace } from "../node/saidplace.ts";
import { msOf } from "./partsin.ts";
import type { Outgoing } from "./schema.ts";

type Line<Type extends Outgoing["type"]> = Extract<Outgoing, { type: Type }>;
type HeardLine = Line<HeardEvent["type"]>;
type KeptLine = Omit<Line<"history">, "v" | "type" | "at">;

type PlaceLine = Pick<Line<"status">, "sentAt" | "tick" | "seq" | "clockMs">;

/** The event that `heardOf` makes such a line of; none where it lacks its place. */
export function heardIn(line: HeardLine): HeardEvent | undefined {
  switch (line.type) {
    case "message": {
      const said = sayingIn(line);
      return said && { type: "message", ...said, isLate: line.late === true };
    }
    case "edited": {
      const { type, id, room, from, text, reworded: isReworded } = line;
      return { type, id, room, from, text, ...(isReworded === undefined ? {} : { isReworded }) };
    }
    case "deleted": {
      const { type, id, room, from } = line;
      return { type, id, room, from };
    }
    case "reaction": {
      const { type, id, room, from, emoji, on: isOn } = line;
      return { type, id, room, from, emoji, isOn };
    }
    case "topic": {
      const { type, room, from, topic } = line;
      return { type, room, from, topic };
    }
    default:
      return line satisfies never;
  }
}

/** The same of one that was on disk. */
export function keptIn(line: KeptLine): KeptMessageEvent | undefined {
  const said = sayingIn(line);
  if (said === undefined) return undefined;
  const { states, reactions, moreReactions, equivocated } = line;
  return {
    ...said,
    states: states === null ? null : states.map(stateIn),
    ...(reactions === undefined ? {} : { reactions }),
    ...(moreReactions === undefined ? {} : { moreReactions }),
    ...(equivocated === undefined ? {} : { equivocated }),
  };
}

function stateIn({ state, by, reason, heldBy }: NonNullable<KeptLine["states"]>[number]) {
  const kept: KeptStateEvent = { state, by, reason };
  return heldBy === undefined ? kept : { ...kept, heldBy };
}

/** The place that `saidPlaceOut` tells so. */
export function saidPlaceIn({ sentAt, tick, seq, clockMs }: PlaceLine): SaidPlace | undefined {
  if (sentAt === undefined || tick === undefined || seq === undefined) return undefined;
  return { sentAtMs: clockMs ?? msOf(sentAt), tick, seq };
}

function sayingIn(
  line: Omit<KeptLine, "states">,
): Omit<MessageEvent, "type" | "isLate"> | undefined {
  const { id, room, from, text, kind, replyTo, mention, edited } = line;
  const place = saidPlaceIn(line);
  if (place === undefined) return undefined;
  return {
    id,
    room,
    from,
    text,
    ...place,
    ...(kind === undefined ? {} : { action: true }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mention === undefined ? {} : { mention }),
    ...(edited === undefined ? {} : { edited }),
  };
}
