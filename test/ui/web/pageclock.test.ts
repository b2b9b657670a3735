import { expect, test } from "bun:test";
import { keepOnly, sourceFiles } from "../../support/source.ts";

const CLOCK = "lib/ui/web/model/pageclock.ts";

test("the page has one clock, and asks no other for the time", () => {
  const files = sourceFiles("lib/ui/web", "lib/ui/talk");
  const asking = files.filter(({ source }) => {
    return /\b(Date|performance)\.now\(|\bnew Date\(\)/.test(keepOnly(source, "code"));
  });

  expect(asking.map(({ path }) => path)).toEqual([CLOCK]);
});
