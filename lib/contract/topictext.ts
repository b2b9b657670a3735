import { encodeUtf8 } from "../base/text.ts";
import { TOPIC_TEXT_BYTES_MAX } from "../wire/limits.ts";

/** Why this cannot be what a room is about; undefined where it can. */
export function topicFault(text: string): string | undefined {
  if (encodeUtf8(text).length <= TOPIC_TEXT_BYTES_MAX) return undefined;
  return `A topic holds at most ${TOPIC_TEXT_BYTES_MAX} bytes`;
}
