import { open } from "node:fs/promises";
import { EXIT } from "../contract/exitcodes.ts";
import { Failure, wordsOf } from "./failure.ts";
import { pathTyped } from "./pathnames.ts";
import { LineSplitter } from "./stdio.ts";

/** A secret or an invitation is far shorter. */
const FILE_BYTES_MAX = 4096;

/**
 * The first line of a file, or of a pipe in its place. Throws a Failure, whose words repeat nothing
 * of it.
 */
export async function readSecretLine(file: string): Promise<string> {
  const refuse = (what: string, cause?: unknown): Failure =>
    new Failure(`Cannot use ${file}: ${what}`, EXIT.usage, cause);
  const bytes = Buffer.alloc(FILE_BYTES_MAX);
  let length = 0;
  try {
    await using handle = await open(pathTyped(file));
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, FILE_BYTES_MAX - length);
      length += bytesRead;
      if (bytesRead === 0 || length === FILE_BYTES_MAX) break;
    }
  } catch (error) {
    throw refuse(wordsOf(error), error);
  }
  const splitter = new LineSplitter(FILE_BYTES_MAX);
  const [line] = [...splitter.push(bytes.subarray(0, length)), ...splitter.end()];
  if (line?.kind === "line" && line.text !== "") return line.text;
  throw refuse(line?.kind === "not-utf8" ? "it is not UTF-8 text" : "its first line is empty");
}
