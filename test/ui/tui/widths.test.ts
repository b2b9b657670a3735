import { resolveRenderLib } from "@opentui/core";
import { expect, test } from "bun:test";
import { cellSafe, cellWidth, isCellEach } from "../../../lib/ui/tui/cells.ts";

/** Of these none is shown, or their width depends on what is around them. */
const LEFT_OUT = /[\p{Surrogate}\p{Unassigned}\p{Private_Use}\p{Control}\p{Spacing_Mark}]/u;

/** How many cells the renderer gives it. */
function drawnWidth(text: string): number {
  const lib = resolveRenderLib();
  const encoded = lib.encodeUnicode(text, "unicode");
  if (encoded === null) throw new Error(`Not to be drawn: ${JSON.stringify(text)}`);
  const width = encoded.data.reduce((sum, { width: cells }) => sum + cells, 0);
  lib.freeUnicode(encoded);
  return width;
}

function isWrong(text: string): boolean {
  const shown = cellSafe(text);
  return drawnWidth(shown) !== cellWidth(shown);
}

test("whatever character is shown, the renderer gives it the cells that are counted here", () => {
  const wrong: string[] = [];
  for (let first = 0x20; first < 0x20000; first += 64) {
    const block = Array.from({ length: 64 }, (_, i) => String.fromCodePoint(first + i))
      .filter((character) => !LEFT_OUT.test(character))
      .map((character) => `a${character}`);
    if (isWrong(`${block.join("")}b`)) wrong.push(...block.filter((one) => isWrong(`${one}b`)));
  }

  expect(wrong).toEqual([]);
});

const SCRIPTS =
  "e\u0301 🇩🇪 ไทยกำ 한국어 שלום مرحبا 👍 ♥ ✓✓ नमस्ते स्त्री தமிழ் বাংলা తెలుగు മലയാളം".split(" ");

test.each(SCRIPTS)("%s takes the same cells to both", (text) => {
  expect(isWrong(text)).toBe(false);
});

test("characters that are put on the screen one by one take one cell each, to both", () => {
  const each = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
    (character) => isCellEach(character),
  );

  expect(each).toContain("✓");
  expect(each.filter((one) => drawnWidth(`a${one}b`) !== 3 || cellWidth(one) !== 1)).toEqual([]);
  expect(["漢", "👍", "e\u0301", "\u200d", "\u0007"].filter((one) => isCellEach(one))).toEqual([]);
});
