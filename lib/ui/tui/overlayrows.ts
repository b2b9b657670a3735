import { cellSafe, cellWidth, wrapCells } from "./cells.ts";
import type { Page, Picker } from "./overlay.ts";
import { EMPTY, restyled, type Row, span, spread } from "./rows.ts";
import type { Signs } from "./signs.ts";

/** A list that is narrowed down: what is typed, then what is left. */
export function pickerRows(
  { title, typed, choices, chosen, hint }: Picker,
  columns: number,
  height: number,
  signs: Signs,
): readonly Row[] {
  const room = Math.max(1, height - HEAD_ROWS);
  const top = firstChoice({ choices, chosen }, height);
  const rows = choices.slice(top, top + room).map((choice, i) => {
    const about = choice.about === "" ? "" : `  ${cellSafe(choice.about)} `;
    const label = [span(` ${cellSafe(choice.label)}`)];
    // What there is to choose comes before what is said of it.
    const isTight = cellWidth(about) > columns / 2;
    const right = isTight ? [] : [span(about, "dim")];
    const left = isTight ? [...label, span(about, "dim")] : label;
    const row = spread(left, right, columns, signs.more);
    return top + i === chosen ? restyled(row, "chosen") : row;
  });
  if (choices.length === 0) rows.push([span(` ${hint}`, "dim")]);
  const prompt = [span(` ${title} `, "strong"), span(`${signs.pointer} `, "accent")];
  return [[...prompt, span(cellSafe(typed.text))], EMPTY, ...rows];
}

/** Above the choices: what is typed, and an empty row. */
const HEAD_ROWS = 2;

function firstChoice(
  { choices, chosen }: Pick<Picker, "choices" | "chosen">,
  height: number,
): number {
  const room = Math.max(1, height - HEAD_ROWS);
  return Math.max(0, Math.min(chosen - Math.floor(room / 2), choices.length - room));
}

/** Which choice stands in a row of a picker. */
export function choiceAt(picker: Picker, height: number, row: number): number | undefined {
  const at = firstChoice(picker, height) + row - HEAD_ROWS;
  return row < HEAD_ROWS || at >= picker.choices.length ? undefined : at;
}

/** Where the cursor stands in the first row of a picker. */
export function pickerCursor({ title, typed }: Picker): number {
  return cellWidth(` ${title} `) + 2 + cellWidth(cellSafe(typed.text.slice(0, typed.cursor)));
}

/** How many rows a page has below its title. */
export function pageHeight(page: Page, columns: number): number {
  return linesOf(page, columns).length;
}

export function pageRows(
  page: Page,
  columns: number,
  height: number,
  signs: Signs,
): readonly Row[] {
  const lines = linesOf(page, columns);
  const room = Math.max(1, height - 2);
  // In a wider terminal a page has fewer rows than where it was scrolled.
  const top = Math.max(0, Math.min(page.top, lines.length - room));
  const left = lines.length - top - room;
  const more = left > 0 ? `  ${signs.newer} ${left} more` : "";
  const keys = page.copied === undefined ? "  Esc leaves " : "  c copies  Esc leaves ";
  const title = spread(
    [span(` ${cellSafe(page.title)}`, "strong")],
    [span(more, "accent"), span(keys, "dim")],
    columns,
    signs.more,
  );
  return [title, EMPTY, ...lines.slice(top, top + room)];
}

function linesOf({ lines }: Page, columns: number): readonly Row[] {
  const width = Math.max(2, columns - 2);
  return lines.flatMap(({ text, style }, i): readonly Row[] => {
    if (style === "code") {
      const isFirst = lines[i - 1]?.style !== "code";
      return cellWidth(text) <= width
        ? [[span("  "), span(text, "code")]]
        : isFirst
          ? NO_PLACE
          : [];
    }
    const indent = /^ */.exec(text)?.[0].length ?? 0;
    // Of a table of two columns or three, further rows stand below its last one.
    const hang = /^ *(?:\S+(?: \S+)*? {2,}){1,2}/.exec(text)?.[0].length ?? indent;
    const deep = Math.min(hang, Math.floor(width / 2));
    const [first = "", ...others] = wrapCells(cellSafe(text), width);
    const rest = others.join(" ");
    const below = rest === "" ? [] : wrapCells(rest, width - deep);
    return [
      [span(` ${first}`, style)],
      ...below.map((row): Row => [span(` ${" ".repeat(deep)}${row}`, style)]),
    ];
  });
}

/** A code that is cut is none. */
const NO_PLACE: readonly Row[] = [[span(" the terminal is too narrow for the code", "dim")]];
