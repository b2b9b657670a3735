import { expect, test } from "bun:test";
import { quotedFor, wordsTyped } from "../../cmd/shellwords.ts";

test.each([
  ["p2pchat cl", ["p2pchat", "cl"]],
  ["p2pchat  client ", ["p2pchat", "client", ""]],
  ["", [""]],
  ["a 'b c' \"d 'e\" f", ["a", "b c", "d 'e", "f"]],
  ["a 'b c", ["a", "b c"]],
  ["a b\\ c\\#", ["a", "b c#"]],
  ['a \'b\\c\' "d\\"e"', ["a", "b\\c", 'd"e']],
  ["a b\\", ["a", "b\\"]],
  ["a ''", ["a", ""]],
])("%j is the words %j", (line, words) => {
  expect(wordsTyped(line).map(({ text }) => text)).toEqual(words);
});

test.each([
  ["--to '#lo", "'"],
  ['--to="#lo', '"'],
  ["--to '#lo'", ""],
  ["--to \\'lo", ""],
])("of %j the quote %j is open", (line, quote) => {
  expect(wordsTyped(line).at(-1)?.quote).toBe(quote as never);
});

test("what bash would not take as it is has a backslash, unless a quote is open", () => {
  expect(quotedFor("", "#lobby")).toBe("\\#lobby");
  expect(quotedFor("'", "#lobby")).toBe("#lobby");
  expect(quotedFor("", "bob~91c0aa17")).toBe("bob~91c0aa17");
  expect(quotedFor("", "jürgen-3")).toBe("jürgen-3");
  expect(quotedFor("", "a b$(c)`d`;e")).toBe("a\\ b\\$\\(c\\)\\`d\\`\\;e");
});
