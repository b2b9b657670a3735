import { expect, test } from "bun:test";
import { Ledger } from "../../lib/base/ledger.ts";

function ledger(...names: readonly string[]): Ledger<number> {
  const all = new Ledger<number>();
  for (const [i, name] of names.entries()) all.set(name, i + 1);
  return all;
}

test("what gets another name stays in its place, and is what it is made", () => {
  const all = ledger("a", "b", "c");

  all.rename("b", "x", (value) => value + 10);

  expect([...all]).toEqual([
    ["a", 1],
    ["x", 12],
    ["c", 3],
  ]);
  expect([all.get("b"), all.get("x"), all.has("b"), all.has("x")]).toEqual([
    undefined,
    12,
    false,
    true,
  ]);
});

test("what had the new name is no more; where nothing had the old one, nothing changes", () => {
  const all = ledger("a", "b");

  all.rename("none", "b");
  all.rename("b", "b");
  expect([...all]).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
  all.rename("a", "b");

  expect([...all]).toEqual([["b", 1]]);
});

test("names that each get the next one's, the last first, stay apart and in their order", () => {
  const all = ledger("1", "2", "3");

  for (const name of ["3", "2", "1"]) all.rename(name, String(Number(name) + 1));

  expect([...all]).toEqual([
    ["2", 1],
    ["3", 2],
    ["4", 3],
  ]);
});

test("what is set again keeps its place, and what came first is forgotten first", () => {
  const all = ledger("a", "b", "c");
  all.set("a", 9);
  all.delete("b");
  all.delete("none");
  all.set("b", 4);
  all.rename("a", "x");

  all.forget(2);

  expect([...all.values()]).toEqual([3, 4]);
  expect(all.size).toBe(2);
});
