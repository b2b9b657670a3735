import { expect, test } from "bun:test";
import { drawnAs, lookOf } from "../../lib/base/lookalikes.ts";

test.each([
  ["bоb", "bob"],
  ["Ѕсаrlеtt", "Scarlett"],
  ["ΑΝΝΑ", "ANNA"],
  ["ｂｏｂ", "bob"],
  ["𝐛𝐨𝐛", "bob"],
  ["bob", "bob"],
])("%s is drawn as %s", (name, drawn) => {
  expect(drawnAs(name)).toBe(drawn);
});

test.each(["bób", "Зоя", "名前", "Жанна", "ß"])("%s is drawn as nothing else", (name) => {
  expect(/^[ -~]*$/.test(drawnAs(name))).toBe(false);
});

test.each([
  ["Bob", "bob"],
  ["B0b", "bob"],
  ["al1ce", "alIce"],
  ["Вob", "bob"],
])("%s may be taken for %s", (one, other) => {
  expect(lookOf(one)).toBe(lookOf(other));
  expect(lookOf(one)).not.toBe(lookOf(`${other}b`));
});
