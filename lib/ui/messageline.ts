import { lineSafe } from "../base/text.ts";
import { CANCELLED } from "../chat/cancelled.ts";
import { datedMs } from "../contract/dates.ts";
import type { Who } from "../node/events.ts";
import type { KeptMessageEvent, KeptStateEvent, MessageEvent } from "../node/sayings.ts";
import { clockTime, quoted } from "./words.ts";

/** People who are named of those whom a message waits for, or who have it; of more the number. */
const NAMED_MAX = 3;

/** How people are called here. */
export interface Names {
  readonly me: Who | undefined;
  nameOf(who: Who): string;
}

type Said = Omit<MessageEvent, "type" | "isLate"> & Partial<Pick<MessageEvent, "isLate">>;

/**
 * What was said: when, where, who, what; each further line of the text on one of its own.
 */
export function messageLines(names: Names, said: Said, now: number): readonly string[] {
  const { room, from, text, sentAtMs } = said;
  const name = nameOf(names, from);
  const isOwn = from.id === names.me?.id;
  // Of a conversation of two, one's own words name the other: they were for them.
  const place = room.startsWith("@") && !isOwn ? `@${name}` : lineSafe(room);
  const at = clockTime(datedMs(sentAtMs, now), now);
  const notes = notesOf(names, said);
  const noted = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
  const who = said.action === true ? `* ${name}${noted}` : `${name}${noted}:`;
  return linesOf(`${at} ${place} ${who} `, text);
}

/** The same of what was on disk, with what became of one's own, and what others put to it. */
export function keptLines(names: Names, message: KeptMessageEvent, now: number): readonly string[] {
  const fate = message.states === null ? "" : fateOf(names, message.states);
  const reactions = (message.reactions ?? []).map(({ emoji, by }) => {
    const whom = by.length > NAMED_MAX ? [`${by.length}`] : by.map((who) => nameOf(names, who));
    return `${lineSafe(emoji)} ${whom.join(", ")}`;
  });
  if (message.moreReactions === true) reactions.push("and more");
  const put = reactions.length === 0 ? "" : ` [${reactions.join("; ")}]`;
  const lines = messageLines(names, message, now);
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ""}${put}${fate}`];
}

/** Before a line that goes on with a text: a space alone, nobody hears who has lines read out. */
const ONWARD = "  | ";

/** A text behind what stands before it; no other line of it looks like one of the program's own. */
export function linesOf(before: string, text: string): readonly string[] {
  const [first = "", ...others] = text.split("\n").map(lineSafe);
  return [`${before}${first}`, ...others.map((line) => `${ONWARD}${line}`.trimEnd())];
}

function notesOf(names: Names, said: Said): readonly string[] {
  const { isLate = false, replyTo, mention, edited } = said;
  const notes: string[] = [];
  if (isLate) notes.push("late");
  if (replyTo !== undefined) {
    const { from, text } = replyTo;
    const whom = from.id === names.me?.id ? "you" : nameOf(names, from);
    notes.push(text === null ? `to ${whom}` : `to ${whom}: ${quoted(text)}`);
  }
  if (mention === true) notes.push("names you");
  if (edited === true) notes.push("edited");
  return notes;
}

function fateOf(names: Names, states: readonly KeptStateEvent[]): string {
  const isHeld = ({ heldBy = [] }: KeptStateEvent): boolean => heldBy.length > 0;
  const are = (wanted: KeptStateEvent["state"]) => states.filter(({ state }) => state === wanted);
  const waiting = are("queued");
  const failed = are("failed");
  const parts = [
    part(names, "read by", are("read")),
    part(names, "delivered to", are("delivered")),
    ...heldWords(names, waiting.filter(isHeld)),
    part(
      names,
      "waits for",
      waiting.filter((state) => !isHeld(state)),
    ),
    failed.some(isCancelled) ? CANCELLED : "",
    part(
      names,
      "failed for",
      failed.filter((state) => !isCancelled(state)),
    ),
  ].filter((words) => words !== "");
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

/** It was taken back before it went out: nobody has failed. */
export function isCancelled({ state, reason }: KeptStateEvent): boolean {
  return state === "failed" && reason === CANCELLED;
}

function heldWords(names: Names, states: readonly KeptStateEvent[]): readonly string[] {
  if (states.length > NAMED_MAX) return [`held for ${states.length}`];
  return states.map(({ by, heldBy = [] }) => {
    const some = heldBy.slice(0, NAMED_MAX).map((who) => nameOf(names, who));
    const more = heldBy.length - some.length;
    const others = more === 0 ? "" : ` and ${more} more`;
    return `held by ${some.join(", ")}${others} until ${nameOf(names, by)} comes`;
  });
}

function part(names: Names, what: string, states: readonly KeptStateEvent[]): string {
  if (states.length === 0) return "";
  if (states.length > NAMED_MAX) return `${what} ${states.length}`;
  return `${what} ${states.map(({ by }) => nameOf(names, by)).join(", ")}`;
}

function nameOf(names: Names, who: Who): string {
  return lineSafe(names.nameOf(who));
}
