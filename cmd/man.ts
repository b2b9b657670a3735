import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure, wordsOf } from "../lib/io/failure.ts";
import { Lines } from "../lib/io/stdio.ts";
import { readFlags, shorten } from "./flags.ts";
import { PAGES, type Section } from "./manual.ts";

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("man", rawArgs);
  const directory = flags.text("out");
  if (directory !== undefined) return writeAll(directory, flags.operand);
  const section = flags.operand ?? "1";
  if (!isSection(section)) {
    const text = `No section ${shorten(section)}: 1 is the program, 5 its files, 7 its JSON`;
    throw new Failure(text, EXIT.usage);
  }
  const out = new Lines(1);
  out.write(PAGES[section].textOf());
  out.flush();
  return EXIT.done;
}

function writeAll(directory: string, operand: string | undefined): number {
  if (operand !== undefined) {
    throw new Failure("--out writes every page: leave the section out", EXIT.usage);
  }
  for (const { file, textOf } of Object.values(PAGES)) {
    const path = join(directory, file);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${textOf()}\n`);
    } catch (error) {
      throw new Failure(`Cannot write ${path}: ${wordsOf(error)}`, EXIT.failure, error);
    }
  }
  return EXIT.done;
}

function isSection(text: string): text is Section {
  return Object.hasOwn(PAGES, text);
}
