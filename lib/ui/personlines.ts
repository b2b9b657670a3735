import { lineSafe } from "../base/text.ts";
import type { View } from "../contract/view.ts";
import type { ReplyEvent, Trust, WhoisEvent, Who } from "../node/events.ts";
import { equivocationWords } from "./equivocationwords.ts";
import { findingLines } from "./findinglines.ts";
import { nodeLines, webLines } from "./nodelines.ts";
import { whyLines } from "./whylines.ts";
import { clockTime, ownPresenceWords, pathWords } from "./words.ts";

const THOUGHT: Readonly<Record<Trust, string>> = {
  new: "met for the first time; you have not compared keys",
  known: "known from before; you have not compared keys",
  verified: "verified: you have compared keys",
  changed: "perhaps somebody else than you think: /verify compares keys with them",
};

type PersonReply = Extract<
  ReplyEvent,
  { command: "why" | "whois" | "retry" | "presence" | "node" | "web" | "doctor" }
>;

/** What was asked about somebody, or about oneself; the first line says when. */
export function personLines(view: View, event: PersonReply, now: number): readonly string[] {
  const nameOf = (who: Who): string => lineSafe(view.nameOf(who));
  switch (event.command) {
    case "why":
      return whyLines(event, nameOf(event.who));
    case "whois":
      return whoisLines(nameOf, event, now);
    case "retry":
      return [retryWords(nameOf(event.who), event.isConnected)];
    case "presence":
      return [ownPresenceWords(event.state)];
    case "node":
      return nodeLines(nameOf(event.me), event, now);
    case "web":
      return webLines(event);
    case "doctor":
      return findingLines(event, nameOf);
    default:
      return event satisfies never;
  }
}

function whoisLines(
  nameOf: (who: Who) => string,
  event: WhoisEvent,
  now: number,
): readonly string[] {
  const { member, path, rooms } = event;
  const { state, presence, lastSeenMs, trust, isBlocked, id, equivocated = [] } = member;
  const how = path === null ? [] : [pathWords(path, nameOf)];
  const presently = presence === null || presence === "online" ? [] : [presence];
  const seen = lastSeenMs === null ? [] : [`last seen ${clockTime(lastSeenMs, now)}`];
  const shared = rooms.map(lineSafe).join(", ");
  return [
    `* ${nameOf(member)}: ${[state, ...how, ...presently, ...seen].join(", ")}`,
    `  id ${id}`,
    `  ${THOUGHT[trust ?? "new"]}`,
    ...(isBlocked ? ["  blocked: nothing goes to them or comes from them"] : []),
    ...equivocated.map((room) => {
      return `  ${equivocationWords({ me: undefined, nameOf }, member, room).slice(2)}`;
    }),
    `  ${shared === "" ? "in no room that you are in" : `in ${shared} with you`}`,
  ];
}

function retryWords(name: string, isConnected: boolean): string {
  if (isConnected) return `* ${name} is connected already; /why ${name} says how`;
  return `* looking for ${name} again; /why ${name} says how it goes`;
}

/** Who one is oneself. */
export function selfLines(me: Who): readonly string[] {
  return [
    `* you are ${lineSafe(me.name)}`,
    `  id ${me.id}`,
    "  A name is a claim that anybody can make: it is by the id that others know you.",
    "  /verify WHO compares keys with somebody, so that both know that nobody stands between you.",
  ];
}
