import { lineSafe } from "../../../base/text.ts";
import type { Conversation } from "../../talk/conversation.ts";
import type { MessageEvent } from "../../../node/sayings.ts";
import type { PageModel } from "../model/pagemodel.ts";

/** Of what was said, this much is in a notice. */
const NOTICE_CHARS = 160;

export interface Notice {
  readonly title: string;
  /** Empty where nobody beside is to see what was said. */
  readonly body: string;
}

/** Who wrote, where, and what, for whoever looks elsewhere. */
export function noticeOf(
  { view }: Pick<PageModel, "view">,
  where: Conversation,
  { from, text, action }: MessageEvent,
  isHiding: boolean,
): Notice {
  const name = lineSafe(view.nameOf(from));
  const title = where.isRoom ? `${name} in ${lineSafe(where.key)}` : name;
  if (isHiding) return { title, body: "" };
  const words = lineSafe(text);
  const said = words.length > NOTICE_CHARS ? `${words.slice(0, NOTICE_CHARS)}…` : words;
  return { title, body: action === true ? `${name} ${said}` : said };
}
