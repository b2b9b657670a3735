import { afterAll } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A new directory, removed with all in it after the test that asks for it, or after the file where
 * that does so outside of tests. This file is loaded once for many, so that it can be no hook of
 * its own.
 */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "p2pchat-io-"));
  chmodSync(directory, 0o755);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
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
