import { type Dirent, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { lineSafe } from "../base/text.ts";

/** The home directory, where no shell has put its name in the place of this. */
const AT_HOME = "~/";

/** Of more, those that come first. */
const FOUND_MAX = 50;

type Environment = Readonly<Record<string, string | undefined>>;

/** This user's: what the environment says, and where it says nothing what the system does. */
export function homeDirectory(env: Environment): string {
  // Loaded only here: the server has to be quick, and seldom has no HOME.
  return env["HOME"] || process.getBuiltinModule("node:os").homedir();
}

/** The file that is meant by what was typed in the chat, or after `@` or `=` for a shell. */
export function pathTyped(typed: string, env: Environment = process.env): string {
  if (!typed.startsWith(AT_HOME)) return typed;
  return join(homeDirectory(env), typed.slice(AT_HOME.length));
}

/** How what was typed of a file's name may go on, sorted; a directory's name ends with `/`. */
export function pathsLike(typed: string): readonly string[] {
  const at = typed.lastIndexOf("/") + 1;
  const [before, begun] = [typed.slice(0, at), typed.slice(at)];
  const isHiddenMeant = begun.startsWith(".");
  return entriesIn(at === 0 ? "." : dirname(pathTyped(`${before}x`)))
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
