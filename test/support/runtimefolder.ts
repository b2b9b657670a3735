import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string | undefined;
let users = 0;

/**
 * Where the programs of this process have their sockets, and no others: until the last of them that
 * was entered has left, as those that are killed leave theirs behind.
 */
export function enterRuntimeFolder(): string {
  users += 1;
  folder ??= mkdtempSync(join(tmpdir(), "p2pchat-run-"));
  return folder;
}

export function leaveRuntimeFolder(): void {
  users -= 1;
  if (users > 0 || folder === undefined) return;
  rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}
