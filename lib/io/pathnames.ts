import { type Dirent, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { lineSafe } from "../base/text.ts";

/** Of more, those that come first. */
const FOUND_MAX = 50;

/** How what was typed of a file's name may go on, sorted; a directory's name ends with `/`. */
export function pathsLike(typed: string): readonly string[] {
  const at = typed.lastIndexOf("/") + 1;
  const [before, begun] = [typed.slice(0, at), typed.slice(at)];
  const isHiddenMeant = begun.startsWith(".");
  return entriesIn(at === 0 ? "." : dirname(`${before}x`))
    .filter(({ name }) => name.startsWith(begun) && isHiddenMeant === name.startsWith("."))
    .filter(({ name }) => isTypable(name))
    .map((entry) => `${before}${entry.name}${entry.isDirectory() ? "/" : ""}`)
    .toSorted()
    .slice(0, FOUND_MAX);
}

/** Of one word, and nothing in it that a screen would not show. */
function isTypable(name: string): boolean {
  return !/\s/u.test(name) && lineSafe(name) === name;
}

/** None where it is no directory, or nobody may look. */
function entriesIn(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
