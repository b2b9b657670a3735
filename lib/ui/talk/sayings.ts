import { datedMs } from "../../contract/dates.ts";
import type { Said } from "../../contract/ownwords.ts";
import type { StatusEvent, Who } from "../../node/events.ts";
import type { SaidPlace } from "../../node/saidplace.ts";
import type { KeptMessageEvent, KeptStateEvent, MessageEvent } from "../../node/sayings.ts";
import { placeOf } from "../roomorder.ts";
import type { Fate, Saying } from "./timeline.ts";

export type Amendment = Pick<Said, "what" | "text">;

/** A message of somebody else, told just now. */
export function heard(event: MessageEvent, now: number): Saying {
  return { ...common(event, now), isLate: event.isLate, reactions: [], fate: undefined };
}

/** A message of one's own that was said in another face of the same node, just now. */
export function saidElsewhere(
  event: MessageEvent,
  to: Pick<Fate, "of" | "isForNobody">,
  now: number,
): Saying {
  const fate = askedFate(to);
  return {
    ...common(event, now),
    isLate: false,
    reactions: [],
    fate: { ...fate, state: "queued" },
  };
}

/** A message from the disk. */
export function kept(event: KeptMessageEvent, now: number): Saying {
  const fate = event.states === null ? undefined : fateOf(event.room, event.states);
  const reactions = event.reactions ?? [];
  const more = event.moreReactions === true ? { hasMoreReactions: true } : {};
  return { ...common(event, now), isLate: false, reactions, ...more, fate };
}

/** A message of one's own, before anything is known of it but what was asked. */
export function asked(
  req: string,
  me: Who,
  said: Pick<Saying, "text" | "isAction"> & Pick<Fate, "of" | "isForNobody">,
  now: number,
  replyTo: Saying | undefined,
): Saying {
  const answered = replyTo && { id: replyTo.id, from: replyTo.from, text: replyTo.text };
  return {
    kind: "saying",
    id: req,
    from: me,
    text: said.text,
    sentAtMs: now,
    place: undefined,
    isAction: said.isAction,
    isMention: false,
    isEdited: false,
    isLate: false,
    isDeleted: false,
    replyTo: answered,
    reactions: [],
    fate: askedFate(said),
  };
}

function askedFate({ of, isForNobody }: Pick<Fate, "of" | "isForNobody">): Fate {
  const lonely = isForNobody === true ? { isForNobody } : {};
  return { state: "asked", of, ...lonely, delivered: [], read: [], held: [], failed: [] };
}

/** What is known after a status of it. */
export function withStatus(saying: Saying, status: StatusEvent, now: number): Saying {
  const { id, state, by, reason, place } = status;
  const { fate } = saying;
  if (fate === undefined) return saying;
  const { delivered, read, failed } = fate;
  switch (state) {
    case "queued":
    case "sent":
      return {
        ...saying,
        id,
        ...(place === undefined ? {} : placed(place, saying.from, now)),
        fate: { ...fate, state: later(fate.state, state) },
      };
    case "delivered":
    case "read": {
      const all = withWho(delivered, by);
      const readBy = state === "read" ? withWho(read, by) : read;
      return { ...saying, id, fate: { ...fate, state: "delivered", delivered: all, read: readBy } };
    }
    case "failed": {
      const all = [...failed, { by, reason: reason ?? "refused" }];
      const isOver = delivered.length === 0;
      return { ...saying, id, fate: { ...fate, state: isOver ? state : fate.state, failed: all } };
    }
    default:
      return state satisfies never;
  }
}

function withWho(all: readonly Who[], who: Who | null): readonly Who[] {
  return who === null || all.some(({ id }) => id === who.id) ? all : [...all, who];
}

/** Somebody holds it until whom it is for comes. */
export function withHolder(saying: Saying, by: Who): Saying {
  const { fate } = saying;
  if (fate === undefined || fate.held.some(({ id }) => id === by.id)) return saying;
  return { ...saying, fate: { ...fate, held: [...fate.held, by] } };
}

export function withReaction(saying: Saying, emoji: string, who: Who, isOn: boolean): Saying {
  const others = (by: readonly Who[]): readonly Who[] => by.filter(({ id }) => id !== who.id);
  const known = saying.reactions.some((one) => one.emoji === emoji);
  const all = known ? saying.reactions : [...saying.reactions, { emoji, by: [] }];
  const reactions = all
    .map((one) => {
      if (one.emoji !== emoji) return one;
      return { emoji, by: isOn ? [...others(one.by), who] : others(one.by) };
    })
    .filter(({ by }) => by.length > 0);
  return { ...saying, reactions };
}

/** What a message of one's own makes of another, if it does: `by` is oneself. */
export function amended(saying: Saying, { what, text }: Amendment, by: Who): Saying {
  switch (what) {
    case "edit":
      return { ...saying, text, isEdited: true };
    case "deletion":
      return { ...saying, isDeleted: true };
    case "reaction":
    case "reaction off":
      return withReaction(saying, text, by, what === "reaction");
    case "action":
    case "topic":
    case undefined:
      return saying;
    default:
      return what satisfies never;
  }
}

function common(event: Omit<MessageEvent, "type" | "isLate">, now: number) {
  const { id, from, text, action, mention, edited, replyTo } = event;
  return {
    kind: "saying" as const,
    id,
    from,
    text,
    ...placed(event, from, now),
    isAction: action === true,
    isMention: mention === true,
    isEdited: edited === true,
    isDeleted: false,
    replyTo,
  };
}

/** Where it stands, and what it is dated. */
function placed({ sentAtMs, tick, seq }: SaidPlace, from: Who, now: number) {
  return { sentAtMs: datedMs(sentAtMs, now), place: placeOf({ sentAtMs, tick, seq, from }) };
}

function fateOf(room: string, states: readonly KeptStateEvent[]): Fate {
  const has = ({ state }: KeptStateEvent) => state === "delivered" || state === "read";
  const delivered = states.filter(has).map(({ by }) => by);
  const read = states.filter(({ state }) => state === "read").map(({ by }) => by);
  const failed = states
    .filter(({ state }) => state === "failed")
    .map(({ by, reason }) => ({ by, reason: reason ?? "refused" }));
  const isFailed = states.length > 0 && failed.length === states.length;
  const state = delivered.length > 0 ? "delivered" : isFailed ? "failed" : "queued";
  const isForNobody = room.startsWith("#") && states.length === 0;
  const of = states.length;
  return { state, of, isForNobody, delivered, read, held: holders(states), failed };
}

function holders(states: readonly KeptStateEvent[]): readonly Who[] {
  const all = states.flatMap(({ heldBy = [] }) => heldBy);
  return all.reduce<readonly Who[]>((known, who) => withWho(known, who), []);
}

function later(known: Fate["state"], told: "queued" | "sent"): Fate["state"] {
  return known === "delivered" || (known === "sent" && told === "queued") ? known : told;
}
