import { lineSafe } from "../base/text.ts";
import { datedMs } from "../contract/dates.ts";
import type { View } from "../contract/view.ts";
import type { Who } from "../node/events.ts";
import type { OutboxEvent, WaitingFor, WaitingMessageEvent } from "../node/outboxevents.ts";
import { clockTime, quoted } from "./words.ts";

/** People whom the last lines name; of more the number. */
const TOLD_MAX = 8;

/** People who are named of those whom a message waits for, or who hold it. */
const NAMED_MAX = 3;

/** What waits, each with its number in the list. */
export function outboxLines(view: View, event: OutboxEvent, now: number): readonly string[] {
  const { messages, more } = event;
  const count = messages.length + more;
  if (count === 0) return ["* nothing waits to be delivered"];
  return [
    `* ${count === 1 ? "1 message waits" : `${count} messages wait`}:`,
    ...messages.map((message, i) => `  ${i + 1}. ${waitingLine(view, message, now)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** At the end: for whom something still waits, and what becomes of it. */
export function byeLines(view: View, waiting: readonly WaitingFor[]): readonly string[] {
  const told = waiting.slice(0, TOLD_MAX).map((one) => {
    const { who, count } = one;
    const what = count === 1 ? "1 message waits" : `${count} messages wait`;
    return `* ${what} for ${nameOf(view, who)}${heldWords(view, one)}: ${whenWords(view, one)}`;
  });
  const others = waiting.length - told.length;
  if (others === 0) return told;
  return [...told, `* and others for ${others} more ${others === 1 ? "person" : "people"}`];
}

/** What is held is given away: its holders bring it, whatever is decided since. */
function whenWords(view: View, one: WaitingFor): string {
  const { who, count, isBarred, isBlocked, held, heldBy } = one;
  if (isBarred) {
    const what = held > 0 ? "what is held may reach them, nothing more" : "nothing";
    const until = isBlocked ? `unless you /unblock ${nameOf(view, who)}` : "before you decide";
    return `${what} is sent to them ${until}`;
  }
  const met = `delivered when they meet ${namesOf(view, heldBy, "or")} or you`;
  const sent = "sent when you are both online again";
  const are = count === 1 ? "it is" : "they are";
  if (held === 0) return `${are} ${sent}`;
  if (held >= count) return `${are} ${met}`;
  const those = held === 1 ? "that one is" : "those are";
  const others = count - held === 1 ? "the other is" : "the others are";
  return `${those} ${met}, ${others} ${sent}`;
}

/** Of what others hold, and will give to whom it is for. */
function heldWords(view: View, { count, held, heldBy }: WaitingFor): string {
  if (held === 0) return "";
  return `, ${held < count ? `${held} of them ` : ""}held by ${namesOf(view, heldBy)}`;
}

function waitingLine(view: View, message: WaitingMessageEvent, now: number): string {
  const { room, text, sentAtMs, to, heldBy } = message;
  const whom = room.startsWith("@") ? "" : ` for ${namesOf(view, to)}`;
  const held = heldBy.length === 0 ? "" : ` (held by ${namesOf(view, heldBy)})`;
  // One's own words are dated after what others have said, whose clocks may be wrong.
  const at = clockTime(datedMs(sentAtMs, now), now);
  return `${at} ${lineSafe(room)}${whom}${held}: ${quoted(text)}`;
}

function namesOf(view: View, people: readonly Who[], joint = "and"): string {
  const names = people.slice(0, NAMED_MAX).map((who) => nameOf(view, who));
  const others = people.length > NAMED_MAX ? ` ${joint} ${people.length - NAMED_MAX} more` : "";
  return names.join(", ") + others;
}

function nameOf(view: View, who: Who): string {
  return lineSafe(view.nameOf(who));
}
