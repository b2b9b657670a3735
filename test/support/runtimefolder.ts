import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Of this process, once it has one: those that follow one another are in it. */
let place: string | undefined;
let folder: string | undefined;
let folders = 0;
let users = 0;

/**
 * Where the programs of this process have their sockets, and no others: until the last of them that
 * was entered has left, as those that are killed leave theirs behind. What is in it still when this
 * process ends is ended as well (Linux): a test that takes too long ends nothing of what it began.
 */
export function enterRuntimeFolder(): string {
  users += 1;
  if (folder !== undefined) return folder;
  place ??= watched(mkdtempSync(join(tmpdir(), "p2pchat-run-")));
  folders += 1;
  folder = join(place, `${folders}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export function leaveRuntimeFolder(): void {
  users -= 1;
  if (users > 0 || place === undefined) return;
  rmSync(place, { recursive: true, force: true });
  folder = undefined;
}

/** Nobody's child: Bun ends those of a test that takes too long, and a run of tests its groups. */
function watched(made: string): string {
  if (process.platform !== "linux") return made;
  const strays = join(import.meta.dir, "strays.sh");
  const apart = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
  Bun.spawnSync(["setsid", "--fork", "sh", strays, made, `${process.pid}`], apart);
  return made;
}
