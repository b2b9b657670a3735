import { FOLDED_LINES, LINES_MAX } from "./fold.ts";
import type { Row } from "./rows.ts";

/** Px of a line of text, and what a row has besides; near enough before it is measured. */
const LINE_PX = 21;
const ROW_PX = 4;
const HEAD_PX = 29;
const CHARACTER_PX = 7.2;

/** What unfolds a message is as high as so many lines. */
const FOLD_LINES = 2;

/** What a row is about as high as, before it was ever drawn; `isWhole`: nothing of it is folded. */
export function guessedHeight(row: Row, widthPx: number, isWhole: boolean): number {
  if (row.kind === "day") return 47;
  if (row.kind === "new") return 30;
  const { text } = row.kind === "note" ? row.note : row.saying;
  const characters = Math.max(20, Math.min(74, (widthPx - 130) / CHARACTER_PX));
  let lines = 0;
  for (const line of text.split("\n", 200))
    lines += Math.max(1, Math.ceil(line.length / characters));
  if (row.kind === "saying" && !isWhole && lines > LINES_MAX) lines = FOLDED_LINES + FOLD_LINES;
  const isFirst = row.kind === "saying" && row.isFirst;
  const isAnswer = row.kind === "saying" && row.saying.replyTo !== undefined;
  return ROW_PX + lines * LINE_PX + (isFirst ? HEAD_PX : 0) + (isAnswer ? LINE_PX : 0);
}
