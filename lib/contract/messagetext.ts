import { encodeUtf8 } from "../base/text.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";

/** Whether this cannot be said as one message. */
export function isTooLong(text: string): boolean {
  // No character takes fewer bytes: what is far too long need not be encoded to be known as that.
  return text.length > TEXT_BYTES_MAX || encodeUtf8(text).length > TEXT_BYTES_MAX;
}
