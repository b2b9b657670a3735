import { formatInvitation } from "../../../contract/invitation.ts";
import type { View } from "../../../contract/view.ts";
import type { ReplyEvent } from "../../../node/events.ts";
import { ReplyLines } from "../../replylines.ts";
import type { Lines } from "./panel.ts";

/** What the plain face begins its lines with: the time and a sign, or spaces. */
const PLAIN_STAMP = /^(?:\d\d:\d\d [*!]| |[*!]) /;

/** An answer in the words of the plain face, its first line as the title. */
export function replyText(view: View, now: number, event: ReplyEvent): Lines {
  const lines: string[] = [];
  new ReplyLines(view, (line) => lines.push(line)).handleReply(now, event);
  const [title = "", ...others] = lines.map((line) => line.replace(PLAIN_STAMP, ""));
  const isInviting = event.command === "invite" || event.command === "new";
  const copied = isInviting ? formatInvitation(event) : undefined;
  return { title: title.replace(/:$/, ""), lines: others, copied };
}
