import { decodeUtf8 } from "../base/text.ts";
import { ENTRY_TEXT, type EntryContent } from "../wire/entry.ts";

/** What an entry says; undefined where a face can show nothing of it. */
export function textOf({ type, body }: EntryContent): string | undefined {
  return type === ENTRY_TEXT ? decodeUtf8(body) : undefined;
}
