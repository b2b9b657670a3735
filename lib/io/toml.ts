import * as v from "valibot";
import { lineSafe } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { Failure, wordsOf } from "./failure.ts";
import { readSmallFile } from "./smallfile.ts";

const FILE_BYTES_MAX = 65_536;

/** How much of what is wrong is repeated. */
const SHOWN_CHARS_MAX = 80;

/** Of a longer file it is not looked for which line is wrong: that takes a reading for each. */
const LINES_MAX = 500;

export interface Toml<Shape> {
  readonly value: Shape;
  /** Such as `, line 3`: where a field of the file is; empty where that is not known. */
  lineOf(field: string): string;
}

/** Undefined where there is no such file. Throws a Failure that says where it is wrong, and how. */
export function readToml<Shape>(
  file: string,
  schema: v.GenericSchema<unknown, Shape>,
): Toml<Shape> | undefined {
  const text = readSmallFile(file, FILE_BYTES_MAX);
  if (text === undefined) return undefined;
  const lineOf = (field: string): string => lineWords(lineOfField(text, field));
  const fail = (where: string, what: string, cause?: unknown): Failure => {
    const shown = lineSafe(what).slice(0, SHOWN_CHARS_MAX);
    return new Failure(`Cannot use ${file}${where}: ${shown}`, EXIT.usage, cause);
  };
  let table: unknown;
  try {
    table = Bun.TOML.parse(text);
  } catch (error) {
    const what = wordsOf(error).replace(/^TOML Parse error: /, "");
    throw fail(lineWords(wrongLineIn(text)), `${what}: correct it`, error);
  }
  const parsed = v.safeParse(schema, table);
  if (parsed.success) return { value: parsed.output, lineOf };
  const [issue] = parsed.issues;
  throw fail(lineOf(String(issue.path?.[0]?.key)), issue.message);
}

function lineWords(line: number | undefined): string {
  return line === undefined ? "" : `, line ${line}`;
}

/** The one in which begins what cannot be read: all before it can. The parser does not say. */
function wrongLineIn(text: string): number | undefined {
  const lines = text.split("\n");
  if (lines.length > LINES_MAX) return undefined;
  const readable = lines.findLastIndex((_, i) => isToml(lines.slice(0, i).join("\n")));
  return readable + 1;
}

function isToml(text: string): boolean {
  try {
    Bun.TOML.parse(text);
    return true;
  } catch {
    return false;
  }
}

function lineOfField(text: string, field: string): number | undefined {
  const at = text.split("\n").findIndex((line) => {
    const [, name = ""] = /^\s*["']?([\w-]+)["']?\s*=/.exec(line) ?? [];
    return name === field;
  });
  return at < 0 ? undefined : at + 1;
}
