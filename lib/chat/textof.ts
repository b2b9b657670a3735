import { decodeContent } from "../wire/content.ts";
import type { EntryContent } from "../wire/entry.ts";

/** The words of a message, or of an edit of one; undefined for what has none. */
export function textOf(entry: Pick<EntryContent, "type" | "body">): string | undefined {
  const content = decodeContent(entry);
  switch (content?.kind) {
    case "text":
    case "reply":
    case "action":
    case "edit":
      return content.text;
    case "delete":
    case "reaction":
    case "topic":
    case undefined:
      return undefined;
    default:
      return content satisfies never;
  }
}
