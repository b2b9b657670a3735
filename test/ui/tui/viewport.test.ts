import { expect, test } from "bun:test";
import { type Row, span, textOf } from "../../../lib/ui/tui/rows.ts";
import { type Scrolled, Viewport } from "../../../lib/ui/tui/viewport.ts";

/** Things that are one, two or three rows high, and a count of how often one was looked at. */
class Things implements Scrolled {
  looks = 0;
  count: number;

  constructor(count: number) {
    this.count = count;
  }

  rowsOf(index: number): readonly Row[] {
    this.looks += 1;
    return Array.from({ length: 1 + (index % 3) }, (_, row) => [span(`${index}.${row}`)]);
  }
}

function seen(viewport: Viewport, height: number, list: Scrolled): readonly string[] {
  return viewport.visible(height, list).map(({ row }) => textOf(row));
}

test("it follows the end until somebody scrolls, and then stays where it is", () => {
  const list = new Things(6);
  const viewport = new Viewport();
  expect(seen(viewport, 3, list)).toEqual(["5.0", "5.1", "5.2"]);

  viewport.scroll(-2, 3, list);
  expect(seen(viewport, 3, list)).toEqual(["4.0", "4.1", "5.0"]);
  list.count = 7;
  expect(seen(viewport, 3, list)).toEqual(["4.0", "4.1", "5.0"]);
  viewport.scroll(3, 3, list);
  expect(viewport.isAtEnd).toBe(true);
});

test("it goes no further up than to where the first row is at the top", () => {
  const list = new Things(4);
  const viewport = new Viewport();
  viewport.scroll(-100, 3, list);

  expect(seen(viewport, 3, list)).toEqual(["0.0", "1.0", "1.1"]);
  expect(viewport.scroll(-1, 3, list)).toBe(false);
});

test("what is put in before what is seen moves nothing", () => {
  const list = new Things(9);
  const viewport = new Viewport();
  viewport.scroll(-6, 3, list);
  const before = seen(viewport, 3, list);
  list.count = 12;
  viewport.shift(3);

  expect(seen(viewport, 3, list)).toEqual(
    before.map((text) => {
      const [index = "", row = ""] = text.split(".");
      return `${Number(index) + 3}.${row}`;
    }),
  );
});

test("of 100 000 things it looks at those that are seen, and few more", () => {
  const list = new Things(100_000);
  const viewport = new Viewport();
  seen(viewport, 50, list);
  for (let i = 0; i < 100; i++) {
    viewport.scroll(-20, 50, list);
    seen(viewport, 50, list);
  }

  expect(list.looks).toBeLessThan(100 * 150);
  viewport.reveal(40_000, 50, list);
  const rows = seen(viewport, 50, list);
  expect(rows).toHaveLength(50);
  expect(rows).toContain("40000.0");
});

test("a list that has become shorter is shown to its end", () => {
  const list = new Things(20);
  const viewport = new Viewport();
  viewport.scroll(-4, 3, list);
  list.count = 2;

  expect(seen(viewport, 5, list)).toEqual(["0.0", "1.0", "1.1"]);
  list.count = 0;
  expect(seen(viewport, 5, list)).toEqual([]);
});

test("what is moved from below what is seen to above it, or back, moves nothing", () => {
  const list: Scrolled = { count: 9, rowsOf: (index) => [[span(`${index}`)]] };
  const viewport = new Viewport();
  viewport.scroll(-3, 3, list);
  expect(seen(viewport, 3, list)).toEqual(["3", "4", "5"]);

  viewport.onTaken(8);
  viewport.onInserted(0);
  expect(seen(viewport, 3, list)).toEqual(["4", "5", "6"]);
  viewport.onTaken(0);
  viewport.onInserted(8);
  expect(seen(viewport, 3, list)).toEqual(["3", "4", "5"]);
  // The last that is seen goes up: what was above it is the last.
  viewport.onTaken(5);
  viewport.onInserted(1);
  expect(seen(viewport, 3, list)).toEqual(["3", "4", "5"]);
});
