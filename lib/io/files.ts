import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { EXIT } from "../contract/exitcodes.ts";
import { Failure, wordsOf } from "./failure.ts";

const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;

/** Makes the directory and those above it that are missing, for this user alone. */
export function makePrivateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    throw new Failure(`Cannot make directory ${path}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}

/**
 * Opens a regular file of this user alone, making it where it is missing; a wider mode, which the
 * umask cannot cause but a copy can, is narrowed. Never follows a symbolic link in the last place.
 * The caller closes it.
 */
export function openPrivateFile(path: string, flags = constants.O_RDWR): number {
  let fd: number | undefined;
  try {
    const all = flags | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    fd = openSync(path, all, FILE_MODE);
    if (!fstatSync(fd).isFile()) throw new Error("it is not a regular file");
    fchmodSync(fd, FILE_MODE);
    return fd;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw new Failure(`Cannot open ${path}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}

/** Whether there is a file that holds nothing. */
export function isEmptyFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.size === 0;
}

/** Replaces the file whole or not at all, also where the power fails. */
export function replaceFile(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.new`;
  try {
    rmSync(temporary, { force: true });
    writeNewFile(temporary, content);
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    throw new Failure(`Cannot write ${path}: ${wordsOf(error)}`, EXIT.failure, error);
  }
}

/** Throws the system's error, EEXIST where there is one already; the content is on disk. */
export function writeNewFile(path: string, content: Uint8Array | string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
  try {
    fchmodSync(fd, FILE_MODE);
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A new name is on disk only when its directory is. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
