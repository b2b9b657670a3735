import { jsonSafe } from "../base/text.ts";
import { keptLineOf } from "../contract/outgoing.ts";
import type { Who } from "../node/events.ts";
import type { KeptMessageEvent } from "../node/sayings.ts";
import { Markdown } from "./markdown.ts";

/** Markdown, or a JSON object a line. */
export type ExportFormat = "md" | "jsonl";

/** What a file of this name is to have in it. */
export function formatOf(file: string): ExportFormat {
  return /\.jsonl$/i.test(file) ? "jsonl" : "md";
}

/**
 * The lines of a file of what was said, message by message in its order, each without its line
 * feed. `now`: the time, ms.
 */
export function exportLines(
  format: ExportFormat,
  now: () => number,
  nameOf: (who: Who) => string,
): (message: KeptMessageEvent) => readonly string[] {
  switch (format) {
    case "md": {
      const markdown = new Markdown(now(), nameOf);
      return (message) => markdown.linesOf(message);
    }
    case "jsonl":
      return (message) => [jsonSafe(keptLineOf(message, now()))];
    default:
      return format satisfies never;
  }
}
