import { lineSafe } from "../base/text.ts";
import type { View } from "../contract/view.ts";
import type { HistoryEvent, SearchEvent } from "../node/events.ts";
import { keptLines } from "./messageline.ts";
import { quoted } from "./words.ts";

/** A page of what was said. */
export function historyLines(view: View, event: HistoryEvent, now: number): readonly string[] {
  const { room, messages, hasBefore, damaged } = event;
  const which = hasBefore ? "the last" : "all";
  const what = messages.length === 0 ? "nothing is kept" : `${which} ${messages.length}`;
  return [
    `* ${lineSafe(room)}: ${what}`,
    ...messages.flatMap((message) => keptLines(view, message, now)),
    ...damageLines(damaged),
  ];
}

/** What was found: as people read it, the latest last. */
export function findsLines(view: View, event: SearchEvent, now: number): readonly string[] {
  const { text, messages, hasMore, unsearched, damaged } = event;
  const count = `${hasMore ? "the last " : ""}${messages.length}`;
  return [
    `* ${messages.length === 0 ? "nothing" : count} found with ${quoted(text)}`,
    ...messages.toReversed().flatMap((message) => keptLines(view, message, now)),
    ...(unsearched > 0 ? [`! ${unsearched} older messages are not indexed yet`] : []),
    ...damageLines(damaged),
  ];
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
  return count === "1" ? `the last ${units}` : `the last ${count} ${units}s`;
}
