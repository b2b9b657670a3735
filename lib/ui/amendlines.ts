import { lineSafe } from "../base/text.ts";
import type { Recent, RecentMessage } from "../contract/recent.ts";
import type { View } from "../contract/view.ts";
import type { PeerEvent } from "../node/events.ts";
import { linesOf } from "./messageline.ts";
import { quoted } from "./words.ts";

/** Of a message of one's own. */
export const CHANGED_EARLY = "changed before it went out";

type Amending = Extract<PeerEvent, { type: "edited" | "deleted" | "reaction" | "topic" }>;

/** What somebody says of what was said before; `about` is that, where it was seen of late. */
export function amendLines(
  view: View,
  event: Amending,
  about: RecentMessage | undefined,
): readonly string[] {
  const name = lineSafe(view.nameOf(event.from));
  const place = event.room.startsWith("@") ? `@${name}` : lineSafe(event.room);
  const which = about === undefined ? "a message from before" : quoted(about.text);
  switch (event.type) {
    case "edited": {
      const how = event.isReworded === true ? CHANGED_EARLY : "edited";
      return linesOf(`${place} ${name} (${how}): `, event.text);
    }
    case "deleted":
      return [`* ${name} took back: ${which}`];
    case "reaction": {
      const emoji = lineSafe(event.emoji);
      return [
        event.isOn
          ? `* ${name} put ${emoji} to: ${which}`
          : `* ${name} took ${emoji} off: ${which}`,
      ];
    }
    case "topic":
      return [topicWords(event, name)];
    default:
      return event satisfies never;
  }
}

/** What a room is about, and who said so, as they are shown. */
export function topicWords(
  { room, topic }: { readonly room: string; readonly topic: string | null },
  by: string | null,
): string {
  const who = by === null ? "" : `, says ${by}`;
  if (topic === null || topic === "") {
    return `* ${lineSafe(room)} is about nothing ${by === null ? "yet" : "now"}${who}`;
  }
  return `* ${lineSafe(room)} is about: ${lineSafe(topic)}${who}`;
}

/** The last messages of a room with their numbers. */
export function lastLines(view: View, recent: Recent, room: string, count: number): string[] {
  const messages = recent.last(room, count);
  if (messages.length === 0) return [`* nothing was said in ${lineSafe(room)} of late: /history`];
  return [
    `* the last ${messages.length} in ${lineSafe(room)}:`,
    ...messages.map(({ number, from, text }) => {
      const name = from === undefined ? "you" : lineSafe(view.nameOf(from));
      return `  ^${number} ${name}: ${quoted(text)}`;
    }),
  ];
}
