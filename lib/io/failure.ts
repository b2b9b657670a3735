/**
 * What the machine or the person at it keeps us from: caught once, in `cmd`, which prints the
 * message as one line and ends with the code. The message says the action first, then its state.
 */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}

/** The `code` of an error of the operating system, of SQLite or of Bun: `ENOENT`, `SQLITE_BUSY`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EADDRINUSE", "address already in use"],
  ["EADDRNOTAVAIL", "this machine has no such address"],
  ["EAFNOSUPPORT", "this machine does not speak that kind of address"],
  ["EEXIST", "something else is in its place"],
  ["EISDIR", "it is a directory"],
  ["ELOOP", "it is a symbolic link"],
  ["ENOENT", "no such file or directory"],
  ["ENOSPC", "the disk is full"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["EPERM", "operation not permitted"],
  ["EROFS", "the file system is read-only"],
]);

/** An operating system's error in the words of a message; its own where we have none. */
export function wordsOf(error: unknown): string {
  const words = WORDS.get(codeOf(error) ?? "");
  if (words !== undefined) return words;
  return error instanceof Error ? error.message : String(error);
}
