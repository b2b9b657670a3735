import type { View } from "../contract/view.ts";
import type { HistoryEvent, SearchEvent } from "../node/pastevents.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";
import { EquivocationNotes } from "./equivocationwords.ts";
import { keptLines } from "./messageline.ts";
import { placeWords } from "./roomlines.ts";
import { quoted } from "./words.ts";

/** A page of what was said. */
export function historyLines(view: View, event: HistoryEvent, now: number): readonly string[] {
  const { room, messages, damaged } = event;
  return [
    `* ${placeWords(view, room)}: ${pageWords(event)}`,
    ...messages.flatMap((message) => keptLines(view, message, now)),
    ...equivocationLines(view, messages),
    ...damageLines(damaged),
  ];
}

/** Whoever of these authors has told different people different things there. */
function equivocationLines(view: View, messages: readonly KeptMessageEvent[]): readonly string[] {
  const notes = new EquivocationNotes();
  return messages.flatMap((message) => notes.of(message, (who) => view.nameOf(who)) ?? []);
}

/** Which part of a conversation a page is, and how to see more of it. */
function pageWords({ messages, hasBefore, hasAfter }: HistoryEvent): string {
  const count = messages.length;
  if (count === 0) return hasBefore || hasAfter ? "nothing further is kept" : "nothing is kept";
  if (!hasAfter) return hasBefore ? `the last ${count} (/older goes on)` : `all ${count}`;
  if (!hasBefore) return `the first ${count} (/newer goes on)`;
  return `${count} in between (/older and /newer go on)`;
}

/** What was found: as people read it, the latest last. */
export function findsLines(view: View, event: SearchEvent, now: number): readonly string[] {
  const { text, messages, hasMore, unsearched, damaged } = event;
  const count = `${hasMore ? "the last " : ""}${messages.length}`;
  const hint = messages.length === 0 ? "" : " (/history ^N shows what was said around one)";
  return [
    `* ${messages.length === 0 ? "nothing" : count} found with ${quoted(text)}${hint}`,
    ...messages.toReversed().flatMap((message) => numbered(view, message, now)),
    ...equivocationLines(view, messages),
    ...(unsearched > 0 ? [`! ${unsearched} older messages are not indexed yet`] : []),
    ...damageLines(damaged),
  ];
}

/** With the number by which it can be called. */
function numbered(view: View, message: KeptMessageEvent, now: number): readonly string[] {
  const [first = "", ...others] = keptLines(view, message, now);
  const { number } = view.recent.get(message.id) ?? {};
  return [number === undefined ? first : `^${number} ${first}`, ...others];
}

function damageLines(messages: number): readonly string[] {
  if (messages === 0) return [];
  const what = messages === 1 ? "1 message is" : `${messages} messages are`;
  return [`! ${what} damaged on this disk, and not shown`];
}

/** How much of a room is kept, such as "the last 30 days". */
export function keptWords(keep: string): string {
  const [, count = "", unit = ""] = /^([0-9]+)([dh]?)$/.exec(keep) ?? [];
  if (count === "") return "everything";
  const units = { d: "day", h: "hour" }[unit] ?? "message";
  const kept = count === "1" ? `the last ${units}` : `the last ${count} ${units}s`;
  // What is signed together is kept together.
  return unit === "" ? `${kept}, and what went out together with the first of them` : kept;
}
