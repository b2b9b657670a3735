import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { fromHex, toHex } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";
import { replaceFile } from "./files.ts";

/** Of an identity: IDENTITY_SECRET_BYTES, without loading the cryptography. */
const SECRET_BYTES = 64;

/** The first line of the file; the second is the secret in hexadecimal. */
const HEADER = "p2pchat identity 1\n";
const FILE_BYTES = HEADER.length + 2 * SECRET_BYTES + 1;

/**
 * The secret that this profile is: read from the file, or made and written on disk before anybody
 * is told. Call it while the profile is held. Throws a Failure that says what to do about a file
 * that is not as it should be: no key that others can read, and no half key, is silently made good.
 */
export function openSecret(file: string, random: Random): Uint8Array {
  if (!exists(file)) replaceFile(file, formatSecret(random(SECRET_BYTES)));
  return readSecret(file);
}

function formatSecret(secret: Uint8Array): string {
  return `${HEADER}${toHex(secret)}\n`;
}

function exists(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw refusal(file, wordsOf(error), error);
  }
}

function readSecret(file: string): Uint8Array {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const what =
      codeOf(error) === "ELOOP"
        ? `it is a symbolic link: put the file itself there, or name its directory with --data-dir`
        : `${wordsOf(error)}: make it readable for you alone, chmod 600 ${file}`;
    throw refusal(file, what, error);
  }
  try {
    checkStat(file, fd);
    const bytes = Buffer.alloc(FILE_BYTES + 1);
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    return parseSecret(file, bytes.toString("latin1", 0, length));
  } finally {
    closeSync(fd);
  }
}

function checkStat(file: string, fd: number): void {
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw refusal(file, "it is not a regular file: move it away");
  if (stat.uid !== process.getuid?.() && process.getuid !== undefined) {
    throw refusal(file, `it belongs to another user: run chown ${process.getuid()} ${file}`);
  }
  const mode = stat.mode & 0o777;
  if ((mode & 0o077) !== 0 && process.platform !== "win32") {
    const octal = mode.toString(8).padStart(4, "0");
    throw refusal(file, `others can read it (mode ${octal}): run chmod 600 ${file}`);
  }
}

function parseSecret(file: string, text: string): Uint8Array {
  const restore = "put a copy of it back, or move it away to become somebody new";
  if (/^p2pchat identity [0-9]+\n/.test(text) && !text.startsWith(HEADER)) {
    throw refusal(file, "a newer p2pchat has written it: use that one");
  }
  if (text.length < FILE_BYTES) throw refusal(file, `it is cut short: ${restore}`);
  const secret = fromHex(text.slice(HEADER.length, -1));
  const isWhole = text.length === FILE_BYTES && text.startsWith(HEADER) && text.endsWith("\n");
  if (!isWhole || secret === undefined) throw refusal(file, `it is damaged: ${restore}`);
  return secret;
}

function refusal(file: string, what: string, cause?: unknown): Failure {
  return new Failure(`Refuse identity file ${file}: ${what}`, EXIT.failure, cause);
}
