import { expect, test } from "bun:test";
import { completionsOf } from "../../../lib/ui/talk/completion.ts";
import { fuzzyFind } from "../../../lib/ui/talk/fuzzy.ts";

const WORDS = {
  commands: ["verify", "who", "why"],
  names: ["alice", "bob~b0b00000"],
  rooms: ["#dev", "#lobby"],
  choicesAfter: (command: string) => (command === "notify" ? ["all", "mentions", "none"] : []),
  pathsLike: (typed: string) => ["key.txt", "keys/"].filter((name) => name.startsWith(typed)),
};

test.each([
  ["/wh", ["/who ", "/why "], 0],
  ["/msg al", ["alice "], 5],
  ["/join #d", ["#dev "], 6],
  ["hello bo", ["@bob~b0b00000 "], 6],
  ["@A", ["@alice "], 0],
  ["/join --private #dev @ke", ["@key.txt ", "@keys/"], 21],
  ["/notify ", ["all ", "mentions ", "none "], 8],
  ["/notify m", ["mentions "], 8],
  ["/notify #d", ["#dev "], 8],
  ["/notify none bo", ["bob~b0b00000 "], 13],
  ["/export ke", ["key.txt", "keys/"], 8],
  ["/export @bob~b0b00000 k", ["key.txt", "keys/"], 22],
  ["/export @al", ["@alice "], 8],
  ["see #", ["#dev ", "#lobby "], 4],
])("%s goes on as %j", (text, candidates, from) => {
  expect(completionsOf(text, text.length, WORDS)).toEqual({ from, candidates });
});

const NOTHING = ["", "hello ", "/msg ", "/export x", "//wh", "xyz", "/nothing"];

test.each([...NOTHING, "/join --private #dev @x"])("%j goes on as nothing", (text) => {
  expect(completionsOf(text, text.length, WORDS)).toBeUndefined();
});

test("letters are found in their order, those that begin a word first", () => {
  const all = ["#ops-team", "#top", "@otto p", "#lobby"];

  expect(fuzzyFind("op", all, (one) => one)).toEqual(["@otto p", "#ops-team", "#top"]);
  expect(fuzzyFind("who", ["/whois WHO", "/who [#ROOM]"], (one) => one)[0]).toBe("/who [#ROOM]");
  expect(fuzzyFind("", all, (one) => one)).toEqual(all);
  expect(fuzzyFind("zz", all, (one) => one)).toEqual([]);
});
