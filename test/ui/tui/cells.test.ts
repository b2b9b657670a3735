import { expect, test } from "bun:test";
import { assert, integer, property, string } from "fast-check";
import {
  boundaries,
  boundaryAfter,
  boundaryBefore,
  cellSafe,
  cellWidth,
  chopCells,
  clipCells,
  clipLabel,
  padCells,
  splitCells,
  wrapCells,
} from "../../../lib/ui/tui/cells.ts";

test("plain text stays as it is", () => {
  expect(cellSafe("hello, world: 1 ~ 2")).toBe("hello, world: 1 ~ 2");
  expect(cellSafe("héllo 漢字 مرحبا שלום")).toBe("héllo 漢字 مرحبا שלום");
});

test("nothing moves the cursor, turns the text or takes a width in doubt", () => {
  expect(cellSafe("\u001b[2Jred\u0007\u009b1m\u202eevil\u2066\u200b\ufeff\u00ad")).toBe(
    "[2Jred1mevil",
  );
  expect(cellSafe("a\tb\nc\u2028d")).toBe("a    b c d");
  expect(cellSafe("👩\u200d👩\u200d👧 ❤\ufe0f \u3164\u115f|")).toBe("👩👩👧 ♥ |");
});

test("what one terminal makes two cells of and another one is something else", () => {
  expect(cellSafe("👋🏽 ❤ ☢ 🕊 กำ")).toBe("👋 ♥ \ufffd \ufffd ก\u0e4d\u0e32");
});

test("a flood of marks keeps to a few, and none stands alone at the start", () => {
  expect(cellSafe(`e${"\u0301".repeat(1000)}x`)).toBe(`e${"\u0301".repeat(4)}x`);
  expect(cellSafe("\u0301\u0302abc")).toBe("abc");
});

test("widths are counted in cells", () => {
  expect(["abc", "漢字", "é", "👋", "🇩🇪", ""].map(cellWidth)).toEqual([3, 4, 1, 2, 2, 0]);
});

test("a text is cut at a character, never within one", () => {
  expect(splitCells("漢字kanji", 3)).toEqual(["漢", "字kanji"]);
  expect(clipCells("漢字kanji", 5, "…")).toBe("漢字…");
  expect(clipCells("漢字kanji", 4, "…")).toBe("漢…");
  expect(padCells("漢", 5, "…")).toBe("漢   ");
  expect(padCells("a name that is long", 6, "~")).toBe("a nam~");
});

test("lines break between words, and within those that are too long", () => {
  expect(wrapCells("the quick brown fox", 10)).toEqual(["the quick", "brown fox"]);
  expect(wrapCells("abcdefghijkl mn", 5)).toEqual(["abcde", "fghij", "kl mn"]);
  expect(wrapCells("漢字漢字", 5)).toEqual(["漢字", "漢字"]);
  expect(wrapCells("", 5)).toEqual([""]);
});

test("in pieces, each is as long as it can be, and nothing is lost", () => {
  expect(chopCells("abcdefg", 3)).toEqual(["abc", "def", "g"]);
  expect(chopCells("漢字かな", 5)).toEqual(["漢字", "かな"]);
  expect(chopCells("", 5)).toEqual([""]);
  const texts = string({ unit: "grapheme", maxLength: 60 }).map(cellSafe);
  assert(
    property(texts, integer({ min: 2, max: 40 }), (text, columns) => {
      const pieces = chopCells(text, columns);
      expect(pieces.join("")).toBe(text);
      for (const [i, piece] of pieces.entries()) {
        expect(cellWidth(piece)).toBeLessThanOrEqual(columns);
        const [next = ""] = boundaries(pieces[i + 1] ?? "")
          .slice(1, 2)
          .map((to) => {
            return (pieces[i + 1] ?? "").slice(0, to);
          });
        if (next !== "") expect(cellWidth(piece) + cellWidth(next)).toBeGreaterThan(columns);
      }
    }),
  );
});

test("the character before a place and after it is found in a text of any length", () => {
  const text = `${"x".repeat(5000)}e\u0301👨‍👩‍👧${"漢".repeat(5000)}`;
  for (const at of [0, 1, 4999, 5000, 5001, 5002, 5006, 5010, 9000, text.length]) {
    const all = boundaries(text);
    expect(boundaryBefore(text, at)).toBe(all.findLast((one) => one < at) ?? 0);
    expect(boundaryAfter(text, at)).toBe(all.find((one) => one > at) ?? at);
  }
});

test("whatever is wrapped or clipped keeps to its columns, and wrapping loses no letter", () => {
  const texts = string({ unit: "grapheme", maxLength: 60 }).map(cellSafe);
  assert(
    property(texts, integer({ min: 2, max: 40 }), (text, columns) => {
      const rows = wrapCells(text, columns);
      expect(rows.every((row) => cellWidth(row) <= columns)).toBe(true);
      expect(rows.join("").replaceAll(/\s/gu, "")).toBe(text.replaceAll(/\s/gu, ""));
      expect(cellWidth(padCells(text, columns, "…"))).toBe(columns);
    }),
  );
});

test.each([
  ["bob~b0b00000", 12, "bob~b0b00000"],
  ["@bob~b0b00000", 11, "@bob~b0b00+"],
  ["alexander~b0b00000", 16, "alexan+~b0b00000"],
  ["alexander~b0b00000", 11, "ale+~b0b00+"],
  ["alexander", 6, "alexa+"],
  ["bob~b0b00000", 3, "bob"],
] as const)("%j in %i cells still says who it is", (label, columns, shown) => {
  expect(clipLabel(label, columns, "+")).toBe(shown);
});
