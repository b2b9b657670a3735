import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./support/source.ts";

/** A screen in the README: the file that it is of, and what is shown of it. */
const SCREEN = /<!-- (test\/e2e\/screens\/\S+) -->\n\n```text\n([^]*?)```\n/g;

test("screens in the README are those that were seen", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const screens = [...readme.matchAll(SCREEN)];

  expect(screens.length).toBeGreaterThan(0);
  for (const [, file = "", shown = ""] of screens) {
    expect(shown).toBe(readFileSync(join(ROOT, file), "utf8"));
  }
});
