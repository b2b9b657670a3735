import { lineSafe } from "../base/text.ts";
import type { ReplyEvent } from "../node/events.ts";
import { checkSentence, type NameOf, summaryLine } from "./doctorlines.ts";

/** What was found of one's own network, in words alone; the first line sums it up. */
export function findingLines(
  { servers, checks, people }: Extract<ReplyEvent, { command: "doctor" }>,
  nameOf: NameOf,
): readonly string[] {
  const seen = servers.map(lineSafe).join(", ");
  const eyes = seen === "" ? "without a server" : `as ${seen} sees it`;
  return [
    `* your network, ${eyes}: ${summaryLine(checks.map(({ state }) => state))}`,
    ...checks.map((check) => `  ${checkSentence(check)}`),
    ...people.map(({ who, text }) => `  how to reach ${nameOf(who)}: ${lineSafe(text)}`),
  ];
}
