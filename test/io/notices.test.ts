import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { NoticeLevel } from "../../lib/contract/notices.ts";
import { keepNotices, readNotices } from "../../lib/io/notices.ts";
import { Scratch } from "../support/scratch.ts";

test("what is kept is read again, whatever a room is called", () => {
  using scratch = new Scratch();
  const file = scratch.join("notify.toml");
  expect(readNotices(file)).toEqual(new Map());
  const all = new Map<string, NoticeLevel>([
    ["#dev", "none"],
    ["#größe.v2", "all"],
    [`@${"b0".repeat(32)}`, "mentions"],
  ]);
  keepNotices(file, all);

  expect(readNotices(file)).toEqual(all);
});

test("a file that says something else is told of", () => {
  using scratch = new Scratch();
  const file = scratch.join("notify.toml");
  writeFileSync(file, '"#dev" = "sometimes"\n');

  expect(() => readNotices(file)).toThrow('#dev must be "all", "mentions" or "none"');
});
