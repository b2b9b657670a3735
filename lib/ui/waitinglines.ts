import { lineSafe } from "../base/text.ts";
import type { View } from "../contract/view.ts";
import type { Who } from "../node/events.ts";
import type { OutboxEvent, WaitingFor, WaitingMessageEvent } from "../node/outboxevents.ts";
import { clockTime, quoted } from "./words.ts";

/** People whom the last lines name; of more the number. */
const TOLD_MAX = 8;

/** People who are named of those whom a message waits for. */
const NAMED_MAX = 3;

/** What waits, each with its number in the list. */
export function outboxLines(view: View, event: OutboxEvent, now: number): readonly string[] {
  const { messages, more } = event;
  const count = messages.length + more;
  if (count === 0) return ["* nothing waits: everybody has what you have said"];
  return [
    `* ${count === 1 ? "1 message waits" : `${count} messages wait`}:`,
    ...messages.map((message, i) => `  ${i + 1}. ${waitingLine(view, message, now)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** At the end: for whom something still waits, and what becomes of it. */
export function byeLines(view: View, waiting: readonly WaitingFor[]): readonly string[] {
  const told = waiting.slice(0, TOLD_MAX).map(({ who, count, isBarred }) => {
    const isOne = count === 1;
    const what = isOne ? "1 message waits" : `${count} messages wait`;
    const when = isBarred
      ? "nothing is sent to them before you decide"
      : `${isOne ? "it is" : "they are"} sent when you are both online again`;
    return `* ${what} for ${nameOf(view, who)}: ${when}`;
  });
  const others = waiting.length - told.length;
  if (others === 0) return told;
  return [...told, `* and others for ${others} more ${others === 1 ? "person" : "people"}`];
}

function waitingLine(view: View, message: WaitingMessageEvent, now: number): string {
  const { room, text, sentAtMs, to } = message;
  const names = to.slice(0, NAMED_MAX).map((who) => nameOf(view, who));
  const others = to.length > NAMED_MAX ? ` and ${to.length - NAMED_MAX} more` : "";
  const whom = room.startsWith("@") ? "" : ` for ${names.join(", ")}${others}`;
  return `${clockTime(sentAtMs, now)} ${lineSafe(room)}${whom}: ${quoted(text)}`;
}

function nameOf(view: View, who: Who): string {
  return lineSafe(view.nameOf(who));
}
