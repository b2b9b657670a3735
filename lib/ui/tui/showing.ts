import type { PeerEvent, ReplyEvent } from "../../node/events.ts";
import type { MessageEvent } from "../../node/sayings.ts";
import type { Conversation } from "../talk/conversation.ts";
import { cellSafe, clipCells } from "./cells.ts";
import type { Model } from "./model.ts";
import { comparisonPage, replyPage } from "./replypages.ts";

/** Of what was said, this much is in a notice. */
const NOTICE_COLUMNS = 120;

/** One line for whoever looks elsewhere: who wrote, and what, unless nobody beside is to see it. */
export function noticeOf(
  { view, notices, signs }: Model,
  where: Conversation,
  { from, text, action }: MessageEvent,
): string {
  const name = cellSafe(view.nameOf(from));
  const room = where.isRoom ? ` in ${cellSafe(where.key)}` : "";
  if (notices.isHiding) return `${name} wrote to you${room}`;
  const said = clipCells(cellSafe(text), NOTICE_COLUMNS, signs.more);
  return action === true ? `${name}${room} ${said}` : `${name}${room}: ${said}`;
}

/** On a page, or in the conversation where it is one line. */
export function showReply(model: Model, now: number, event: ReplyEvent): void {
  const page = replyPage(model, now, event);
  if (page.lines.length === 0) model.note(now, page.title);
  else model.overlays.show(page);
}

/** Adds the pictures to a comparison that is open. */
export function showComparison(
  { overlays, overlay }: Model,
  { who, state, pictures }: Extract<PeerEvent, { type: "verify" }>,
): boolean {
  if (state !== "compare" || overlay?.kind !== "page") return false;
  if (overlay.compares?.id !== who.id) return false;
  overlays.show(comparisonPage(overlay, pictures ?? []));
  return true;
}
