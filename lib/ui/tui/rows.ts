import { cellWidth, clipCells } from "./cells.ts";

/** What a stretch of text is, as far as its looks go; a theme says how each is drawn. */
export type Style =
  | "text"
  | "dim"
  | "strong"
  | "own"
  | "name1"
  | "name2"
  | "name3"
  | "name4"
  | "name5"
  | "accent"
  | "good"
  | "warn"
  | "bad"
  | "chosen"
  | "code";

/** A stretch of one look; its text is safe for cells. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One row of a pane, from its left. */
export type Row = readonly Span[];

export const EMPTY: Row = [];

export function span(text: string, style: Style = "text"): Span {
  return { text, style };
}

export function rowWidth(row: Row): number {
  return row.reduce((sum, { text }) => sum + cellWidth(text), 0);
}

/** The row in exactly so many cells: cut with a sign, or filled up in the look of `fill`. */
export function fitRow(row: Row, columns: number, more: string, fill: Style = "text"): Row {
  const fitted: Span[] = [];
  let left = columns;
  for (const [i, { text, style }] of row.entries()) {
    const width = cellWidth(text);
    const isCut = width > left || (width === left && rowWidth(row.slice(i + 1)) > 0);
    const kept = isCut ? cut(text, left, more) : text;
    left -= cellWidth(kept);
    if (kept !== "") fitted.push({ text: kept, style });
    if (isCut) break;
  }
  if (left > 0) fitted.push(span(" ".repeat(left), fill));
  return fitted;
}

/** Two ends of one row: what stands on the right gives way last. */
export function spread(left: Row, right: Row, columns: number, more: string): Row {
  const width = Math.max(0, columns - rowWidth(right));
  if (width === 0) return fitRow(right, columns, more);
  return [...fitRow(left, width, more), ...right];
}

/** The whole row in one look, as what is chosen is shown. */
export function restyled(row: Row, style: Style): Row {
  return row.map(({ text }) => ({ text, style }));
}

export function textOf(row: Row): string {
  return row.map(({ text }) => text).join("");
}

/** Even where it would fit, the sign shows that more would follow. */
function cut(text: string, columns: number, more: string): string {
  if (columns <= 0) return "";
  return clipCells(cellWidth(text) <= columns ? `${text}  ` : text, columns, more);
}
