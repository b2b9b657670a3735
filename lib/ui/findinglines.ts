import { lineSafe } from "../base/text.ts";
import type { ReplyEvent, Who } from "../node/events.ts";
import type { Finding } from "../node/shellevents.ts";
import { checkName, summaryLine } from "./doctorlines.ts";

/** What was found of one's own network, by who runs the node; the first line sums it up. */
export function findingLines(
  { servers, checks, people }: Extract<ReplyEvent, { command: "doctor" }>,
  nameOf: (who: Who) => string,
): readonly string[] {
  const eyes = servers.length === 0 ? "without a server" : `by ${servers.map(lineSafe).join(", ")}`;
  return [
    `* your network, seen ${eyes}: ${summaryLine(checks.map(({ state }) => state))}`,
    ...checks.flatMap(linesOf),
    ...people.map(({ who, text }) => `  ${nameOf(who)}: ${lineSafe(text)}`),
  ];
}

function linesOf({ name, state, text, fix }: Finding): readonly string[] {
  const fixes = fix === null ? [] : [`    fix: ${lineSafe(fix)}`];
  return [`  ${state} ${checkName(name)}: ${lineSafe(text)}`, ...fixes];
}
