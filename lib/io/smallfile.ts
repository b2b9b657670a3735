import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { decodeUtf8 } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";

/** Undefined where there is no such file. Throws a Failure for one that is no text, or too long. */
export function readSmallFile(file: string, bytesMax: number): string | undefined {
  const fail = (what: string, cause?: unknown): Failure =>
    new Failure(`Cannot use ${file}: ${what}`, EXIT.usage, cause);
  let fd: number;
  try {
    // A pipe in its place would else hold us up.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw fail(wordsOf(error), error);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw fail("it is not a regular file");
    if (stat.size > bytesMax) throw fail(`it is longer than ${bytesMax} bytes`);
    const text = decodeUtf8(readFileSync(fd));
    if (text === undefined) throw fail("it is not UTF-8 text");
    return text;
  } finally {
    closeSync(fd);
  }
}
