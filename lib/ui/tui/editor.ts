import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The text after its writer's own editor has had it; undefined where that went wrong. */
export function editElsewhere(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  // Nobody else is to read it on the way.
  const directory = mkdtempSync(join(tmpdir(), "p2pchat-edit-"));
  const file = join(directory, "message.txt");
  try {
    writeFileSync(file, text, { mode: 0o600 });
    const editor = env["VISUAL"] || env["EDITOR"] || "vi";
    // As git does it: the variable may hold flags too.
    const { success } = Bun.spawnSync(["sh", "-c", `${editor} "$1"`, editor, file], {
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    });
    return success ? readFileSync(file, "utf8").replace(/\n$/, "") : undefined;
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
