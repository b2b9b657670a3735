import type { ArgsDef } from "citty";
import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { nearest } from "../lib/contract/nearest.ts";
import { Failure } from "../lib/io/failure.ts";

/** What a command line says, by the names of its flags. */
export interface Flags {
  has(name: string): boolean;
  /** The last value given. */
  text(name: string): string | undefined;
  /** Every value given, in order. */
  texts(name: string): readonly string[];
}

/**
 * Reads a command line strictly, as citty lets unknown flags, missing values and stray words pass.
 * Throws a Failure that says what to do.
 */
export function readFlags(command: string, rawArgs: readonly string[], known: ArgsDef): Flags {
  const values = new Map<string, string[]>();
  for (let i = 0; i < rawArgs.length; i++) {
    const [flag, value] = split(rawArgs[i] ?? "");
    const name = flag.slice(2);
    if (!flag.startsWith("--") || !Object.hasOwn(known, name)) {
      throw misunderstood(command, flag, known);
    }
    const given = values.get(name) ?? [];
    values.set(name, given);
    if (known[name]?.type === "boolean") {
      if (value !== undefined) throw new Failure(`${flag} takes no value`, EXIT.usage);
      given.push("");
      continue;
    }
    const next = value ?? rawArgs[(i += 1)];
    if (next === undefined || next === "" || (value === undefined && next.startsWith("--"))) {
      throw new Failure(`${flag} needs a value: ${flag} ${hintOf(known, name)}`, EXIT.usage);
    }
    given.push(next);
  }
  return {
    has: (name) => values.has(name),
    text: (name) => values.get(name)?.at(-1),
    texts: (name) => values.get(name) ?? [],
  };
}

/** `--name=value` in its two parts. */
function split(arg: string): readonly [flag: string, value: string | undefined] {
  const at = arg.startsWith("--") ? arg.indexOf("=") : -1;
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function hintOf(known: ArgsDef, name: string): string {
  return known[name]?.valueHint ?? name.toUpperCase();
}

function misunderstood(command: string, word: string, known: ArgsDef): Failure {
  const shown = shorten(word);
  const help = `p2pchat ${command} --help`;
  if (!word.startsWith("-")) {
    return new Failure(`Unexpected word "${shown}": see ${help}`, EXIT.usage);
  }
  const flags = Object.keys(known).map((name) => `--${name}`);
  const meant = nearest(shown, flags);
  const hint = meant === undefined ? "see" : `did you mean ${meant}? See`;
  return new Failure(`Unknown flag ${shown}: ${hint} ${help}`, EXIT.usage);
}

/** A stranger's word as it may stand in a message. */
export function shorten(word: string): string {
  return lineSafe(word).slice(0, WORD_CHARS_MAX);
}

const WORD_CHARS_MAX = 64;
