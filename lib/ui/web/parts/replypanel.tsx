import type { ReplyEvent } from "../../../node/events.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { replyText } from "../model/replytext.ts";
import { LinesPanel } from "./linespanel.tsx";

interface ReplyPanelProps {
  readonly model: PageModel;
  readonly reply: ReplyEvent | undefined;
}

/** An answer in the words that it has in a line, as it is by now. */
export function ReplyPanel({ model, reply }: ReplyPanelProps) {
  if (reply === undefined) return null;
  return <LinesPanel lines={replyText(model.view, Date.now(), reply)} />;
}
