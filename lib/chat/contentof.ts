import { type Content, decodeContent, isKnownType } from "../wire/content.ts";
import type { Entry, EntryContent, Run } from "../wire/entry.ts";

/**
 * What an entry says; undefined where nobody can tell, as of a later version's, or where it names
 * one of its own chain that is not before it.
 */
export function contentOf(entry: Pick<Entry, "author" | "seq" | "type" | "body">) {
  const content = decodeContent(entry);
  return content !== undefined && isInOrder(content, entry) ? content : undefined;
}

/** Of each entry of a run. */
export function contentsOf({ author, seq, entries }: Run): readonly (Content | undefined)[] {
  return entries.map((entry, i) => contentOf({ ...entry, author, seq: seq + i }));
}

/** Whether all that this version knows says something; `contents` are the entries'. */
export function areReadable(
  entries: readonly EntryContent[],
  contents: readonly (Content | undefined)[],
): boolean {
  return entries.every(({ type }, i) => !isKnownType(type) || contents[i] !== undefined);
}

function isInOrder(content: Content, { author, seq }: Pick<Entry, "author" | "seq">): boolean {
  switch (content.kind) {
    case "edit":
    case "delete":
      return content.seq < seq;
    case "reply":
    case "reaction":
      return content.to.author !== author || content.to.seq < seq;
    case "text":
    case "action":
    case "topic":
      return true;
    default:
      return content satisfies never;
  }
}
