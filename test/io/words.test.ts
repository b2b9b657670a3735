import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Needle, NEEDLE_WORDS_MAX, wordsOf } from "../../lib/io/history/words.ts";

test.each([
  ["Hello, World! foo-bar x_y 42", ["hello", "world", "foo", "bar", "x", "y", "42"]],
  ["Größe CAFÉ cafe\u0301 Ångström", ["große", "cafe", "cafe", "angstrom"]],
  ["ПРИВЕТ, как дела", ["привет", "как", "дела"]],
  ["東京へ", ["東", "京", "へ"]],
  ["हिन्दी की", ["हिन्दी", "की"]],
  ["한국어 단어", ["한국어".normalize("NFKD"), "단어".normalize("NFKD")]],
  ["👍 ok ☂️☂", ["👍", "ok", "☂", "☂"]],
  ["\u202e '; DROP \" NEAR( -- ", ["drop", "near"]],
  [" \n\t.", []],
])("the words of %j are %j", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test.each([
  ["boat", "The BOAT, at last", true],
  ["boat", "boats", false],
  ["boa*", "boats", true],
  ["boat tuesday", "on tuesday a boat", true],
  ["boat tuesday", "on monday a boat", false],
  ["foo-bar", "a foo bar", true],
  ["foo-bar", "bar foo", false],
  ["foo-ba*", "foo bars", true],
  ["cafe", "un café", true],
  ["東京", "東京へ行く", true],
  ["京東", "東京へ行く", false],
  ["ob*", "a boat", false],
])("looking for %j in %j: %p", (typed, text, isThere) => {
  expect(new Needle(typed).isIn(text)).toBe(isThere);
});

test.each(["", "  ", "***", "'\"();", "\u0301"])("there is nothing to look for in %j", (typed) => {
  expect(new Needle(typed).isEmpty).toBe(true);
});

test("whatever is typed, the index is asked for words in quotes and nothing else", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (typed) => {
      expect(new Needle(typed).expression).toMatch(/^(?:"[^"\0-/:-@[-`{-\x7f]+"\*?(?: |$))*$/);
    }),
  );
});

test("of many words typed some count", () => {
  const typed = Array.from({ length: 2 * NEEDLE_WORDS_MAX }, (_, i) => `w${i}`).join(" ");

  expect(new Needle(typed).expression.split(" ")).toHaveLength(NEEDLE_WORDS_MAX);
});
