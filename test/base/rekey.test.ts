import { expect, test } from "bun:test";
import { rekey } from "../../lib/base/rekey.ts";

test("what is under another key stays in its place, and is what it is made", () => {
  const map = new Map([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]);

  rekey(map, "b", "x", (value) => value + 10);

  expect([...map]).toEqual([
    ["a", 1],
    ["x", 12],
    ["c", 3],
  ]);
});

test("what was under the new key is no more; where nothing was, nothing changes", () => {
  const map = new Map([
    ["a", 1],
    ["b", 2],
  ]);

  rekey(map, "none", "b");
  expect([...map.keys()]).toEqual(["a", "b"]);
  rekey(map, "a", "b");

  expect([...map]).toEqual([["b", 1]]);
});
