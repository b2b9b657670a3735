import { expect, test } from "bun:test";
import { changedRows, madeRows, type RowList, stacked } from "../../../lib/ui/tui/rowlist.ts";
import { span, textOf } from "../../../lib/ui/tui/rows.ts";
import { Viewport } from "../../../lib/ui/tui/viewport.ts";

/** The texts of all rows, asked for one by one. */
function textsOf(list: RowList): readonly string[] {
  return Array.from({ length: list.length }, (_, i) => textOf(list.at(i) ?? [span("none")]));
}

test("lists stand one below the other, whatever they are made of, and end where they end", () => {
  const made = madeRows(["b", "c"], (text, i) => [span(`${text}${i}`)]);
  const all = stacked([[span("a")]], [], made, [[span("d")]]);

  expect(textsOf(all)).toEqual(["a", "b0", "c1", "d"]);
  expect(all.at(4)).toBeUndefined();
  expect(textsOf(changedRows(all, (row) => [...row, span("!")]))).toEqual([
    "a!",
    "b0!",
    "c1!",
    "d!",
  ]);
  expect(stacked([], []).length).toBe(0);
  expect(stacked([], made)).toBe(made);
});

test("of a message of very many rows only those are made that are seen", () => {
  const made: number[] = [];
  const texts = Array.from({ length: 20_000 }, (_, i) => `line ${i}`);
  const rows = madeRows(texts, (text, i) => {
    made.push(i);
    return [span(text)];
  });
  const list = { count: 1, rowsOf: () => stacked([[span("today")]], rows) };
  const viewport = new Viewport();

  expect(textOf(viewport.visible(20, list).at(-1)?.row ?? [])).toBe("line 19999");
  viewport.scroll(-1000, 20, list);
  expect(textOf(viewport.visible(20, list).at(-1)?.row ?? [])).toBe("line 18999");
  expect(made).toHaveLength(40);
});
