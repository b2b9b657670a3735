import { lineSafe } from "../../base/text.ts";

const PRINTABLE = /^[ -~]*$/;

/** What takes no cell, or one that terminals do not agree on: joiners, selectors, skin colours. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u20e3]/gu;

/** Letters that some take for one cell and some for none, as the two that they are made of. */
const JOINED: readonly (readonly [string, string])[] = [
  ["\u0e33", "\u0e4d\u0e32"],
  ["\u0eb3", "\u0ecd\u0eb2"],
];

/** Hearts, which people do send, as the heart that is one cell wide to everybody. */
const HEARTS = /[\u2763-\u2765]/gu;

/** Symbols that take one cell here and two there, and halves of letters, in hexadecimal. */
const UNSURE_RANGES = [
  "890-891 980 c80 d3a d4e 600-605 6dd 70f 8e2 1161-11ff 1acf-1aeb 203c 2049 2622-2623",
  "269b 26d1 2760-2762 2766-2767 d7b0-d7fb ff9e-ff9f 10efa-10efb 110bd 110cd 111c2-111c3",
  "113d1 11720-11721 1193f 11941 11a3a 11a84-11a89 11b60-11b67 11d46 11f02 16ff2-16ff6",
  "187f8-187ff 18d09-18df2 1e6e3-1e6ef 1e6f5 1f000-1f003 1f005-1f0ce 1f0d1-1f0f5",
  "1f53e-1f54a 1f54f 1f568-1f579 1f57b-1f594 1f597-1f5a3 1f5a5-1f5fa 1f650-1f67f 1f6d8",
  "1f700-1f7d8 1f800-1f8b1 1fa00-1fa6d 1fa8a-1fa8e 1fac8-1facd 1faea-1faef",
].flatMap((line) => line.split(" "));
const UNSURE = new RegExp(`[${UNSURE_RANGES.map(escapedRange).join("")}]`, "gu");

/** Latin, Greek and Cyrillic, and signs: one cell each, whatever is beside them. */
const CELL_EACH_RANGES = [
  "20-7e a1-ac ae-2ff 370-482 48a-52f 2010-2027 2030-203b 2190-21ff 2500-25fc 2660-2665 2713 2717",
].flatMap((line) => line.split(" "));
const CELL_EACH = new RegExp(`^[${CELL_EACH_RANGES.map(escapedRange).join("")}]*$`, "u");

/** Marks that may sit on one letter: no script needs more, and floods of them leave their line. */
const MARKS_MAX = 4;
const FLOOD = new RegExp(String.raw`(\p{M}{${MARKS_MAX}})\p{M}+`, "gu");
const LEADING_MARKS = /^\p{M}+/u;

const SPACING_MARK = /\p{Mc}/u;
const SPACING_MARKS = /\p{Mc}/gu;

const TAB = "    ";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * A text of one line as a grid of cells may show it: nothing that moves the cursor, and nothing
 * whose width is in doubt. An emoji of several people comes apart into those people.
 */
export function cellSafe(text: string): string {
  if (PRINTABLE.test(text)) return text;
  let safe = lineSafe(text.replaceAll("\t", TAB));
  for (const [joined, apart] of JOINED) safe = safe.replaceAll(joined, apart);
  return safe
    .replace(UNSEEN, "")
    .replace(HEARTS, "\u2665")
    .replace(UNSURE, "\ufffd")
    .replace(FLOOD, "$1")
    .replace(LEADING_MARKS, "");
}

/** Whether it is known of each UTF-16 unit that it takes one cell, whatever is beside it. */
export function isCellEach(text: string): boolean {
  return CELL_EACH.test(text);
}

/** How many cells a safe text takes. */
export function cellWidth(text: string): number {
  if (PRINTABLE.test(text)) return text.length;
  if (!SPACING_MARK.test(text)) return Bun.stringWidth(text);
  // A letter and the vowels around it are one cell, or two where letters have grown together.
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += Math.min(2, Bun.stringWidth(segment.replaceAll(SPACING_MARKS, "")));
  }
  return width;
}

/** As much of the beginning as fits, and the rest; of a rest there is less each time. */
export function splitCells(text: string, columns: number): readonly [head: string, rest: string] {
  if (PRINTABLE.test(text)) {
    const at = Math.max(1, columns);
    return [text.slice(0, at), text.slice(at)];
  }
  let width = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    width += cellWidth(segment);
    if (width <= columns) continue;
    return index > 0 ? [text.slice(0, index), text.slice(index)] : splitPoints(text, columns);
  }
  return [text, ""];
}

/** The text in pieces of at most so many cells, each as long as it can be; at least one. */
export function chopCells(text: string, columns: number): readonly string[] {
  const rows: string[] = [];
  let from = 0;
  if (PRINTABLE.test(text)) {
    const step = Math.max(1, columns);
    for (; text.length - from > step; from += step) rows.push(text.slice(from, from + step));
    return [...rows, text.slice(from)];
  }
  let width = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    const added = cellWidth(segment);
    if (width + added > columns && index > from) {
      rows.push(text.slice(from, index));
      from = index;
      width = 0;
    }
    if (added <= columns) width += added;
    else {
      const parts = pointRows(segment, columns);
      rows.push(...parts.slice(0, -1));
      const last = parts.at(-1) ?? "";
      from = index + segment.length - last.length;
      width = cellWidth(last);
    }
  }
  return [...rows, text.slice(from)];
}

/** A character that is wider than the place for it. */
function pointRows(character: string, columns: number): readonly string[] {
  const rows: string[] = [];
  for (let rest = character; rest !== "";) {
    const [head, tail] = splitPoints(rest, columns);
    rows.push(head);
    rest = tail;
  }
  return rows;
}

/** Of a character that is wider than the place for it, as many of its parts as fit. */
function splitPoints(text: string, columns: number): readonly [head: string, rest: string] {
  let head = "";
  for (const point of text) {
    if (head !== "" && cellWidth(head + point) > columns) break;
    head += point;
  }
  return [head, text.slice(head.length)];
}

/** The text, or its beginning and a sign that there is more. */
export function clipCells(text: string, columns: number, more: string): string {
  if (cellWidth(text) <= columns) return text;
  const room = columns - cellWidth(more);
  if (room < 1) return PRINTABLE.test(text) ? text.slice(0, columns) : " ".repeat(columns);
  const [head] = splitCells(text, room);
  return cellWidth(head) > room ? more : `${head}${more}`;
}

/** Of a name before such digits, no less than this is shown. */
const NAME_CELLS_MIN = 4;

/** The same of what somebody is called: the digits that tell them apart go before the name. */
export function clipLabel(label: string, columns: number, more: string): string {
  const at = label.lastIndexOf("~");
  if (at < 0 || cellWidth(label) <= columns) return clipCells(label, columns, more);
  const [name, digits] = [label.slice(0, at), label.slice(at)];
  const room = Math.max(NAME_CELLS_MIN, columns - cellWidth(digits));
  const clipped = clipCells(name, room, more);
  const left = Math.max(0, columns - cellWidth(clipped));
  return clipCells(`${clipped}${clipCells(digits, left, more)}`, columns, more);
}

/** The text in exactly so many cells. */
export function padCells(text: string, columns: number, more: string): string {
  const clipped = clipCells(text, columns, more);
  return clipped + " ".repeat(Math.max(0, columns - cellWidth(clipped)));
}

/** A safe text of one line in rows of at most so many cells, broken between words if it can be. */
export function wrapCells(text: string, columns: number): readonly string[] {
  if (cellWidth(text) <= columns) return [text];
  const rows: string[] = [];
  let row = "";
  let width = 0;
  const end = (): void => {
    rows.push(row.trimEnd());
    row = "";
    width = 0;
  };
  for (const word of text.split(/(?<= )(?! )/)) {
    if (width > 0 && width + cellWidth(word.trimEnd()) > columns) end();
    const seen = word.trimEnd();
    const pieces = width > 0 ? [seen] : chopCells(seen, columns);
    for (const piece of pieces.slice(0, -1)) {
      row = piece;
      end();
    }
    row += `${pieces.at(-1) ?? ""}${word.slice(seen.length)}`;
    width += cellWidth(pieces.at(-1) ?? "") + word.length - seen.length;
  }
  if (row.trimEnd() !== "" || rows.length === 0) end();
  return rows;
}

/** How far around a place its graphemes are looked at: none that people type is as long. */
const NEAR_CHARS = 256;

/** Where the grapheme before a place begins. */
export function boundaryBefore(text: string, at: number): number {
  return boundariesNear(text, at).findLast((one) => one < at) ?? 0;
}

/** Where the grapheme ends that is at a place, or begins there. */
export function boundaryAfter(text: string, at: number): number {
  return boundariesNear(text, at).find((one) => one > at) ?? at;
}

function boundariesNear(text: string, at: number): readonly number[] {
  const start = Math.max(0, at - NEAR_CHARS);
  const from = LOW_SURROGATE.test(text.charAt(start)) ? Math.max(0, start - 1) : start;
  return boundaries(text.slice(from, at + NEAR_CHARS)).map((one) => from + one);
}

const LOW_SURROGATE = /[\udc00-\udfff]/;

/** Where each grapheme of a short text begins, and the end. */
export function boundaries(text: string): readonly number[] {
  return [...[...graphemes.segment(text)].map(({ index }) => index), text.length];
}

/** Such as `1f000-1f003`. */
function escapedRange(range: string): string {
  return range
    .split("-")
    .map((point) => `\\u{${point}}`)
    .join("-");
}
