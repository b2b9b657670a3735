import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { nearest } from "../lib/contract/nearest.ts";
import { Failure } from "../lib/io/failure.ts";
import type { Command, Flag } from "./command.ts";
import { COMMANDS, type CommandName } from "./table.ts";

/** What a command line says, by the names of its flags. */
export interface Flags {
  /** The one word without dashes, of a command that takes one. */
  readonly operand: string | undefined;
  has(name: string): boolean;
  /** The last value given. */
  text(name: string): string | undefined;
  /** Every value given, in order. */
  texts(name: string): readonly string[];
}

/** Reads what follows a command strictly. Throws a Failure that says what to do. */
export function readFlags(name: CommandName, rawArgs: readonly string[]): Flags {
  const command: Command = COMMANDS[name];
  const values = new Map<string, string[]>();
  let operand: string | undefined;
  for (let i = 0; i < rawArgs.length; i++) {
    const arg = rawArgs[i] ?? "";
    if (!arg.startsWith("-") && command.operand !== undefined && operand === undefined) {
      operand = arg;
      continue;
    }
    const [flag, value] = split(arg);
    const known = flagCalled(command, flag);
    if (known === undefined) throw misunderstood(name, flag, command);
    const given = values.get(known.name) ?? [];
    values.set(known.name, given);
    if (known.value === undefined) {
      if (value !== undefined) throw new Failure(`${flag} takes no value`, EXIT.usage);
      given.push("");
      continue;
    }
    const next = value ?? rawArgs[(i += 1)];
    if (next === undefined || next === "" || (value === undefined && next.startsWith("--"))) {
      throw new Failure(`${flag} needs a value: ${flag} ${known.value}`, EXIT.usage);
    }
    given.push(next);
  }
  return {
    operand,
    has: (flag) => values.has(flag),
    text: (flag) => values.get(flag)?.at(-1),
    texts: (flag) => values.get(flag) ?? [],
  };
}

/** By its dashes and its name. */
export function flagCalled(command: Command, word: string): Flag | undefined {
  return command.flags.find(({ name }) => word === `--${name}`);
}

/** `--name=value` in its two parts. */
export function split(arg: string): readonly [flag: string, value: string | undefined] {
  const at = arg.startsWith("--") ? arg.indexOf("=") : -1;
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function misunderstood(name: CommandName, word: string, { flags }: Command): Failure {
  const shown = shorten(word);
  const help = `p2pchat ${name} --help`;
  if (!word.startsWith("-")) {
    return new Failure(`Unexpected word "${shown}": see ${help}`, EXIT.usage);
  }
  const listed = flags.filter(({ isUnlisted }) => isUnlisted !== true);
  const meant = nearest(
    shown,
    listed.map((flag) => `--${flag.name}`),
  );
  const hint = meant === undefined ? "see" : `did you mean ${meant}? See`;
  return new Failure(`Unknown flag ${shown}: ${hint} ${help}`, EXIT.usage);
}

/** A stranger's word as it may stand in a message. */
export function shorten(word: string): string {
  return lineSafe(word).slice(0, WORD_CHARS_MAX);
}

const WORD_CHARS_MAX = 64;
