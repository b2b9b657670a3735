import { afterAll } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

afterAll(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A new directory, removed with all in it when the test file is done. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "p2pchat-io-"));
  chmodSync(directory, 0o755);
  made.push(directory);
  return directory;
}

/** The permission bits, as in `600`. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}

/** Does something under another umask. */
export function withUmask<Result>(umask: number, work: () => Result): Result {
  const before = process.umask(umask);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}
