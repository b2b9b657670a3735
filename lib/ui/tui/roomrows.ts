import { cellSafe, clipLabel } from "./cells.ts";
import { Conversation } from "../talk/conversation.ts";
import type { Model } from "./model.ts";
import { EMPTY, restyled, type Row, rowWidth, span, spread, type Style } from "./rows.ts";

/** Every conversation, and what is unread or waits in it; of many, those around the one shown. */
export function roomRows(model: Model, columns: number, height: number): readonly Row[] {
  return linesOf(model, height).map((line) => {
    return line instanceof Conversation ? conversationRow(model, line, columns) : line;
  });
}

/** Which conversation stands in a row of them. */
export function conversationAt(
  model: Model,
  height: number,
  row: number,
): Conversation | undefined {
  const line = linesOf(model, height)[row];
  return line instanceof Conversation ? line : undefined;
}

function linesOf(model: Model, height: number): readonly (Conversation | Row)[] {
  const { rooms, direct } = model.conversations;
  const lines: (Conversation | Row)[] = [[span(" Rooms", "dim")], ...rooms];
  if (direct.length > 0) lines.push(EMPTY, [span(" Direct", "dim")], ...direct);
  const at = lines.findIndex((line) => line === model.current);
  const top = Math.max(0, Math.min(at - Math.floor(height / 2), lines.length - height));
  return lines.slice(top, top + height);
}

function conversationRow(model: Model, one: Conversation, columns: number): Row {
  const { unread, waiting } = one;
  const isCurrent = one === model.current;
  const isNew = unread.count > 0;
  const isMuted = model.notices.isMuted(one);
  const usual: Style = isMuted ? "dim" : isNew ? "strong" : "text";
  const style: Style = unread.mentions > 0 ? "accent" : usual;
  const name = one.isBuiltIn ? "echo built in" : cellSafe(model.conversations.placeOf(one));
  const count = isNew
    ? countWords(unread.count, unread.mentions)
    : (syncWords(one) ?? waitingWords(waiting));
  const right = count === "" ? [span(" ")] : [span(` ${count} `, isNew ? style : "dim")];
  const room = columns - rowWidth(right) - 1;
  const left = [span(` ${clipLabel(name, room, model.signs.more)}`, style)];
  const row = spread(left, right, columns, model.signs.more);
  return isCurrent ? restyled(row, "chosen") : row;
}

/** Such as `3`, or `3 @` where some of them name one. */
function countWords(count: number, mentions: number): string {
  const shown = count > COUNT_MAX ? `${COUNT_MAX}+` : String(count);
  return mentions > 0 ? `@${shown}` : shown;
}

/** How much has come of what was missed, while it comes. */
function syncWords({ sync }: Conversation): string | undefined {
  if (sync?.state !== "catching-up") return undefined;
  const { missing, received } = sync;
  return `${Math.floor((100 * received) / Math.max(1, missing + received))}%`;
}

function waitingWords(waiting: number): string {
  return waiting === 0 ? "" : `${waiting > COUNT_MAX ? `${COUNT_MAX}+` : waiting} out`;
}

/** A larger number has no place. */
const COUNT_MAX = 999;
