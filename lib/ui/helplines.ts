import { helpOn, type HelpRow, LINE_COMMAND_HELP } from "../contract/intent.ts";
import { quoted } from "./words.ts";

/** All commands that lines are good for, or those that a word is about; none for an unknown one. */
export function helpLines(topic: string): readonly string[] {
  if (topic !== "") return rowLines(helpOn(topic, false));
  return [
    ...rowLines(LINE_COMMAND_HELP),
    "  Anything else is said where you talk; //text says /text. WHO is a name, or name~id.",
  ];
}

export function noHelpWords(topic: string): string {
  return `Nothing is said of ${quoted(topic)}: /help lists the commands`;
}

function rowLines(rows: readonly HelpRow[]): readonly string[] {
  const width = Math.max(...rows.map(([usage]) => usage.length));
  return rows.map(([usage, about]) => `  ${usage.padEnd(width)}  ${about}`);
}
