import { lineSafe } from "../base/text.ts";
import type { KeptMessageEvent, KeptStateEvent, MessageEvent, Who } from "../node/events.ts";
import { clockTime } from "./words.ts";

/** People who are named of those whom a message waits for, or who have it; of more the number. */
const NAMED_MAX = 3;

/** What belongs before what was shown is marked where it is so old: lines show no seconds. */
const LATE_MS = 60_000;

/** How people are called here. */
export interface Names {
  readonly me: Who | undefined;
  nameOf(who: Who): string;
}

type Said = Omit<MessageEvent, "type" | "isLate"> & Partial<Pick<MessageEvent, "isLate">>;

/**
 * What was said, on one line: when, where, who, what. Nobody's clock, however wrong, dates it into
 * the future.
 */
export function messageLine(
  names: Names,
  { room, from, text, sentAtMs, isLate = false }: Said,
  now: number,
): string {
  const name = nameOf(names, from);
  const isOwn = from.id === names.me?.id;
  // Of a conversation of two, one's own words name the other: they were for them.
  const place = room.startsWith("@") && !isOwn ? `@${name}` : lineSafe(room);
  const at = clockTime(Math.min(sentAtMs, now), now);
  const late = isLate && sentAtMs < now - LATE_MS ? " (late)" : "";
  return `${at} ${place} ${name}${late}: ${lineSafe(text)}`;
}

/** The same of what was on disk, with what became of one's own. */
export function keptLine(names: Names, message: KeptMessageEvent, now: number): string {
  const fate = message.states === null ? "" : fateOf(names, message.states);
  return `${messageLine(names, message, now)}${fate}`;
}

function fateOf(names: Names, states: readonly KeptStateEvent[]): string {
  const parts = [
    part(
      names,
      "delivered to",
      states.filter(({ state }) => state === "delivered"),
    ),
    part(
      names,
      "waits for",
      states.filter(({ state }) => state === "queued"),
    ),
    part(
      names,
      "failed for",
      states.filter(({ state }) => state === "failed"),
    ),
  ].filter((words) => words !== "");
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

function part(names: Names, what: string, states: readonly KeptStateEvent[]): string {
  if (states.length === 0) return "";
  if (states.length > NAMED_MAX) return `${what} ${states.length}`;
  return `${what} ${states.map(({ by }) => nameOf(names, by)).join(", ")}`;
}

function nameOf(names: Names, who: Who): string {
  return lineSafe(names.nameOf(who));
}
