import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
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

test("pictures in the README are there, and say in words what they show", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const files = Array.from(readme.matchAll(/(?:src|srcset)="([^"]+)"/g), ([, file = ""]) => file);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(existsSync(join(ROOT, file))).toBe(true);
  for (const [img] of readme.matchAll(/<img[^>]+>/g)) expect(img).toMatch(/alt="[^"]{40,}"/);
});
