import { jsonSafe } from "../base/text.ts";
import type { Asked } from "./asked.ts";

/**
 * A command as the line that asks for it, without its line feed. How fast a face reads is not said
 * there: the other end sees it.
 */
export function commandLineOf(asked: Exclude<Asked, { type: "pace" }>): string {
  return jsonSafe(asked);
}
