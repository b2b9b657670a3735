import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEXT_BYTES_MAX } from "../../wire/limits.ts";

/** What came of it, or why nothing did. */
export type Edited = { readonly text: string } | { readonly fault: string };

const FAILED = { fault: "your editor failed: what you wrote is as it was" };
const TOO_LONG = {
  fault: `a message holds at most ${TEXT_BYTES_MAX} bytes: what you wrote is as it was`,
};

/**
 * The text after its writer's own editor has had it, which may take hours: meanwhile the program
 * goes on. `signal` ends the editor.
 */
export async function editElsewhere(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Edited> {
  // Nobody else is to read it on the way.
  const directory = mkdtempSync(join(tmpdir(), "p2pchat-edit-"));
  const file = join(directory, "message.txt");
  const undo = leaveInterrupts();
  try {
    writeFileSync(file, text, { mode: 0o600 });
    const editor = env["VISUAL"] || env["EDITOR"] || "vi";
    // As git does it: the variable may hold flags too.
    const child = Bun.spawn(["sh", "-c", `${before(editor)} ${editor} "$1"`, editor, file], {
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
      signal,
    });
    if ((await child.exited) !== 0) return FAILED;
    // A line break at the end is the editor's.
    if (statSync(file).size > TEXT_BYTES_MAX + 1) return TOO_LONG;
    return { text: readFileSync(file, "utf8").replace(/\n$/, "") };
  } catch {
    return FAILED;
  } finally {
    undo();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a shell does so that a signal that is for the editor ends no shell in its place. */
function before(editor: string): string {
  return /^[\w./ -]+$/.test(editor) ? "exec" : "trap : INT;";
}

/** Ctrl+C in an editor is the editor's, though the terminal tells both. Returns what undoes it. */
function leaveInterrupts(): () => void {
  const heard = process.listeners("SIGINT");
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  for (const listener of heard) process.off("SIGINT", listener);
  return () => {
    for (const listener of heard) process.on("SIGINT", listener);
    process.off("SIGINT", ignore);
  };
}
