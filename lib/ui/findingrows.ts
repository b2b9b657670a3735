import { lineSafe } from "../base/text.ts";
import type { CheckState } from "../contract/checks.ts";
import type { ReplyEvent } from "../node/events.ts";
import { checkRows, type NameOf, predictionRow } from "./doctorlines.ts";

/** A line of any length: who shows it breaks it. */
export interface FindingRow {
  readonly text: string;
  /** Of a check's first line. */
  readonly state?: CheckState;
}

/** What was found of one's own network, below one another. */
export function findingRows(
  { servers, checks, people }: Extract<ReplyEvent, { command: "doctor" }>,
  nameOf: NameOf,
): readonly FindingRow[] {
  const eyes = servers.length === 0 ? "without a server" : servers.map(lineSafe).join(", ");
  const met = people.map((one) => predictionRow(one, nameOf));
  return [
    { text: `seen by   ${eyes}` },
    { text: "" },
    ...checks.flatMap((check): FindingRow[] => {
      const [first = "", ...fixes] = checkRows(check);
      return [{ text: first, state: check.state }, ...fixes.map((text) => ({ text }))];
    }),
    ...(met.length === 0 ? [] : ["", "how people will be reached", ...met]).map((text) => ({
      text,
    })),
  ];
}
