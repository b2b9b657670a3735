import { encodeUtf8 } from "../base/text.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";

/** Why this cannot be said as one message; undefined where it can. */
export function textFault(text: string): string | undefined {
  if (encodeUtf8(text).length <= TEXT_BYTES_MAX) return undefined;
  return `A message holds at most ${TEXT_BYTES_MAX} bytes`;
}
