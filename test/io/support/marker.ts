import { writeSync } from "node:fs";
import { ShownCursor } from "../../../lib/io/shown.ts";

/** Writes and marks one number after another, from where an earlier run was killed. */
function run(file: string): void {
  const cursor = new ShownCursor(file);
  for (let next = (cursor.position ?? 0) + 1; ; next++) {
    writeSync(1, `${next}`);
    if (!cursor.writeWithLineFeed(next, 1)) throw new Error("Not in one step");
  }
}

/** The file to run; its argument is the file of the mark. */
export const MARKER = import.meta.path;

if (import.meta.main) run(process.argv[2] ?? "");
