import { encodeUtf8, isBlank } from "../base/text.ts";
import { type Content, encodeContent } from "../wire/content.ts";
import type { EntryContent } from "../wire/entry.ts";
import { REACTION_BYTES_MAX, TEXT_BYTES_MAX, TOPIC_TEXT_BYTES_MAX } from "../wire/limits.ts";

/** What a person says; a plain text by itself. */
export type Said = string | Exclude<Content, { kind: "text" }>;

/** What its entry holds, or why there can be none. */
export function encodeSaid(
  said: Said,
): Pick<EntryContent, "type" | "body"> | { readonly fault: "empty" | "too-long" } {
  const content: Content = typeof said === "string" ? { kind: "text", text: said } : said;
  const [words, bytesMax] = wordsOf(content);
  const mayBeEmpty = content.kind === "topic" || content.kind === "delete";
  if (isBlank(words) && !mayBeEmpty) return { fault: "empty" };
  if (encodeUtf8(words).length > bytesMax) return { fault: "too-long" };
  return encodeContent(content);
}

/** And how many bytes of them there may be. */
function wordsOf(content: Content): readonly [words: string, bytesMax: number] {
  switch (content.kind) {
    case "text":
    case "reply":
    case "action":
    case "edit":
      return [content.text, TEXT_BYTES_MAX];
    case "topic":
      return [content.text, TOPIC_TEXT_BYTES_MAX];
    case "reaction":
      return [content.emoji, REACTION_BYTES_MAX];
    case "delete":
      return ["", 0];
    default:
      return content satisfies never;
  }
}
