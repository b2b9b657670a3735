import { cellSafe } from "./cells.ts";
import type { Conversation } from "./conversation.ts";
import type { Model } from "./model.ts";
import { EMPTY, restyled, type Row, span, spread, type Style } from "./rows.ts";

/** Every conversation, and what is unread or waits in it; of many, those around the one shown. */
export function roomRows(model: Model, columns: number, height: number): readonly Row[] {
  const { rooms, direct } = model.conversations;
  const lines: { readonly row: Row; readonly of: Conversation | undefined }[] = [];
  lines.push({ row: [span(" Rooms", "dim")], of: undefined });
  for (const of of rooms) lines.push({ row: conversationRow(model, of, columns), of });
  if (direct.length > 0) {
    lines.push({ row: EMPTY, of: undefined }, { row: [span(" Direct", "dim")], of: undefined });
  }
  for (const of of direct) lines.push({ row: conversationRow(model, of, columns), of });
  const at = lines.findIndex(({ of }) => of !== undefined && of === model.current);
  const top = Math.max(0, Math.min(at - Math.floor(height / 2), lines.length - height));
  return lines.slice(top, top + height).map(({ row }) => row);
}

function conversationRow(model: Model, one: Conversation, columns: number): Row {
  const { unread, waiting } = one;
  const isCurrent = one === model.current;
  const isNew = unread.count > 0;
  const style: Style = unread.mentions > 0 ? "accent" : isNew ? "strong" : "text";
  const name = cellSafe(model.conversations.placeOf(one));
  const count = isNew ? countWords(unread.count, unread.mentions) : waitingWords(waiting);
  const left = [span(` ${name}`, style)];
  const right = count === "" ? [span(" ")] : [span(` ${count} `, isNew ? style : "dim")];
  const row = spread(left, right, columns, model.signs.more);
  return isCurrent ? restyled(row, "chosen") : row;
}

/** Such as `3`, or `3 @` where some of them name one. */
function countWords(count: number, mentions: number): string {
  const shown = count > COUNT_MAX ? `${COUNT_MAX}+` : String(count);
  return mentions > 0 ? `@${shown}` : shown;
}

function waitingWords(waiting: number): string {
  return waiting === 0 ? "" : `${waiting > COUNT_MAX ? `${COUNT_MAX}+` : waiting} out`;
}

/** A larger number has no place. */
const COUNT_MAX = 999;
