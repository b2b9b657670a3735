import type { Command, Flag, Source } from "./command.ts";
import { flagCalled, split } from "./flags.ts";
import { COMMANDS, isCommand, listedCommands } from "./table.ts";

/** A word that may stand there, and what it is in a few words. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What may stand where somebody types: words, or what the shell itself finds on the disk. */
export type Candidates = readonly Candidate[] | "files" | "folders";

/** What a profile, chosen by the flags of the line, knows by name. */
export interface Known {
  readonly people: readonly string[];
  readonly rooms: readonly string[];
  readonly servers: readonly string[];
  readonly profiles: readonly string[];
}

/**
 * What may stand in place of the last of the words that follow `p2pchat`. `known` is asked only
 * where names are wanted, with the flags that come before.
 */
export function candidatesFor(
  words: readonly string[],
  known: (flags: ReadonlyMap<string, string>) => Known,
): Candidates {
  const typed = words.at(-1) ?? "";
  const [name = "", ...before] = words.slice(0, -1);
  if (words.length < 2) return starting(typed, firstWords(typed));
  if (!isCommand(name)) return [];
  const command: Command = COMMANDS[name];
  const { given, pending, hasOperand } = read(command, before);
  const choicesOf = (flag: Flag, text: string) => valuesOf(flag, text, () => known(given));
  if (pending !== undefined) return starting(typed, choicesOf(pending, typed));
  const [word, value] = split(typed);
  const flag = value === undefined ? undefined : flagCalled(command, word);
  if (flag !== undefined && value !== undefined) {
    const choices = choicesOf(flag, value);
    if (typeof choices === "string") return choices;
    return starting(
      typed,
      choices.map((choice) => ({ word: `${word}=${choice.word}`, about: choice.about })),
    );
  }
  if (!typed.startsWith("-")) {
    const choices = hasOperand ? [] : operandsOf(name, command);
    if (choices.length > 0 || typed !== "") return starting(typed, choices);
  }
  return starting(typed, flagsOf(command, given));
}

/** The flags that are given already, and the one whose value is to come next. */
function read(command: Command, words: readonly string[]) {
  const given = new Map<string, string>();
  let pending: Flag | undefined;
  let hasOperand = false;
  for (const typed of words) {
    if (pending !== undefined) {
      given.set(pending.name, typed);
      pending = undefined;
      continue;
    }
    const [word, value] = split(typed);
    const flag = flagCalled(command, word);
    if (flag === undefined) hasOperand ||= !word.startsWith("-");
    else if (flag.value !== undefined && value === undefined) pending = flag;
    else given.set(flag.name, value ?? "");
  }
  return { given, pending, hasOperand };
}

function firstWords(typed: string): readonly Candidate[] {
  if (typed.startsWith("-")) {
    return [
      { word: "--help", about: "how it is used" },
      { word: "--version", about: "which version this is" },
    ];
  }
  return listedCommands().map(([word, { about }]) => ({ word, about }));
}

function operandsOf(name: string, { operand }: Command): readonly Candidate[] {
  if (name === "help") return firstWords("");
  return (operand?.choices ?? []).map((word) => ({ word, about: operand?.value ?? "" }));
}

/** Those that are not given already, or may be given again. */
function flagsOf({ flags }: Command, given: ReadonlyMap<string, string>): readonly Candidate[] {
  const left = flags.filter(({ name, isMany, isUnlisted }) => {
    return isUnlisted !== true && (isMany === true || !given.has(name));
  });
  return [
    ...left.map(({ name, about }) => ({ word: `--${name}`, about })),
    { word: "--help", about: "how it is used" },
  ];
}

function valuesOf(
  { choices = [], value = "" }: Flag,
  typed: string,
  known: () => Known,
): Candidates {
  if (choices === "files" || choices === "folders") return choices;
  if (typeof choices !== "string") return choices.map((word) => ({ word, about: value }));
  return namesOf(choices, typed, known());
}

/** In the form in which somebody has begun them: `@` and, of a room alone, `#` may be left out. */
function namesOf(
  source: Exclude<Source, "files" | "folders">,
  typed: string,
  { people, rooms, servers, profiles }: Known,
): readonly Candidate[] {
  const person = (name: string): Candidate => {
    return { word: typed.startsWith("@") ? `@${name}` : name, about: "person" };
  };
  const room = (name: string): Candidate => ({ word: name, about: "room" });
  switch (source) {
    case "people":
      return people.map(person);
    case "rooms": {
      const isBare = typed !== "" && !typed.startsWith("#");
      return rooms.map((name) => room(isBare ? name.slice(1) : name));
    }
    case "targets":
      return [...people.map(person), ...rooms.map(room)];
    case "servers":
      return servers.map((word) => ({ word, about: "server" }));
    case "profiles":
      return profiles.map((word) => ({ word, about: "profile" }));
    default:
      return source satisfies never;
  }
}

function starting(typed: string, candidates: Candidates): Candidates {
  if (typeof candidates === "string") return candidates;
  return candidates.filter(({ word }) => word.startsWith(typed));
}
