import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { anchorAt, END, topOf } from "../../../lib/ui/web/model/anchor.ts";
import { Heights, rowAt, stretchOf } from "../../../lib/ui/web/model/heights.ts";

interface Sized {
  readonly key: string;
  readonly px: number;
}

function offsetsOf(rows: readonly Sized[]): readonly number[] {
  return new Heights().offsets(rows, ({ px }) => px);
}

const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 });
const rowsArb = sizes.map((all) => all.map((px, i): Sized => ({ key: `row ${i}`, px })));

describe("heights", () => {
  test("a row is as high as it was measured, or else as it is guessed", () => {
    const heights = new Heights();
    const rows = [{ key: "a" }, { key: "b" }, { key: "c" }];
    expect(heights.measure("b", 50, 20)).toBe(30);
    expect(heights.measure("b", 50.2, 50)).toBe(0);
    expect(heights.measure("c", 20, 20)).toBe(0);
    expect(heights.offsets(rows, () => 20)).toEqual([0, 20, 70, 90]);
    heights.forget();
    expect(heights.offsets(rows, () => 20)).toEqual([0, 20, 40, 60]);
  });

  test("the row at a place is the one that covers it", () => {
    const offsets = [0, 20, 70, 90];
    expect([-5, 0, 19, 20, 69, 70, 500].map((px) => rowAt(offsets, px))).toEqual([
      0, 0, 0, 1, 1, 2, 2,
    ]);
    expect(stretchOf([0], 0, 100, 50)).toEqual({ first: 0, end: 0 });
  });

  test("what is drawn covers all that is seen", () => {
    fc.assert(
      fc.property(rowsArb, fc.nat(20_000), fc.integer({ min: 1, max: 900 }), (rows, at, height) => {
        const offsets = offsetsOf(rows);
        const total = offsets.at(-1) ?? 0;
        const top = Math.min(at, Math.max(0, total - height));
        const { first, end } = stretchOf(offsets, top, height, 0);
        expect(offsets[first] ?? 0).toBeLessThanOrEqual(top);
        expect(offsets[end] ?? 0).toBeGreaterThanOrEqual(Math.min(total, top + height));
      }),
    );
  });
});

describe("anchors", () => {
  test("at the end one stays there, whatever comes", () => {
    const rows = [
      { key: "a", px: 300 },
      { key: "b", px: 300 },
    ] as const;
    const offsets = offsetsOf(rows);
    expect(anchorAt(rows, offsets, { top: 390, height: 200 }, true)).toEqual(END);
    const more = [...rows, { key: "c", px: 100 }];
    expect(topOf(END, more, offsetsOf(more), 200)).toBe(500);
  });

  test("where more is to come below, the end of what is held is none", () => {
    const rows = [
      { key: "a", px: 300 },
      { key: "b", px: 300 },
    ];
    const anchor = anchorAt(rows, offsetsOf(rows), { top: 400, height: 200 }, false);
    expect(anchor).toEqual({ kind: "row", key: "b", px: 100 });
  });

  test("what hangs on a line between messages does so on the one below it", () => {
    const rows = [
      { key: "day before a", kind: "day", px: 30 },
      { key: "a", kind: "saying", px: 300 },
    ] as const;
    const anchor = anchorAt(rows, offsetsOf(rows), { top: 10, height: 200 }, false);
    expect(anchor).toEqual({ kind: "row", key: "a", px: -20 });
    expect(topOf(anchor, rows, offsetsOf(rows), 200)).toBe(10);
  });

  test("what one looks at stays where it is when rows come above, or grow there", () => {
    fc.assert(
      fc.property(rowsArb, rowsArb, fc.nat(10_000), (rows, earlier, at) => {
        const height = 1;
        const offsets = offsetsOf(rows);
        const top = Math.min(at, Math.max(0, (offsets.at(-1) ?? 0) - height));
        const anchor = anchorAt(rows, offsets, { top, height }, false);
        const above = earlier.map(({ key, px }) => ({ key: `earlier ${key}`, px }));
        const all = [...above, ...rows];
        const added = above.reduce((sum, { px }) => sum + px, 0);
        expect(topOf(anchor, all, offsetsOf(all), height)).toBe(top + added);
      }),
    );
  });
});
