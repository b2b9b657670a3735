import { lineSafe } from "../base/text.ts";
import { HISTORY_VERBS } from "./historyverbs.ts";
import { MESSAGE_VERBS } from "./messageverbs.ts";
import { nearest } from "./nearest.ts";
import { OUTBOX_VERBS } from "./outboxverbs.ts";
import { PEOPLE_VERBS } from "./peopleverbs.ts";
import { READ_VERBS } from "./readverbs.ts";
import { PRIVATE_FLAG, ROOM_VERBS } from "./roomverbs.ts";
import { TALK_VERBS } from "./talkverbs.ts";
import {
  command,
  firstWord,
  type Intent,
  type IntentContext,
  say,
  type Verb,
  wrong,
} from "./verb.ts";

/** How a command is typed, and what it does. */
export type HelpRow = readonly [usage: string, about: string];

const VERBS: readonly Verb[] = [
  {
    name: "help",
    aliases: ["?", "h"],
    usage: "/help [COMMAND | WORD]",
    about: "this list, or what is said of one command, or of a word",
    parse: ({ first, rest }) => ({ kind: "help", topic: `${first} ${rest}`.trim() }),
  },
  ...TALK_VERBS,
  ...OUTBOX_VERBS,
  ...ROOM_VERBS,
  ...PEOPLE_VERBS,
  ...MESSAGE_VERBS,
  ...HISTORY_VERBS,
  ...READ_VERBS,
  {
    name: "web",
    aliases: [],
    usage: "/web",
    about: "look at all this in a browser as well",
    parse: (_, { req }) => command({ type: "web", req }),
  },
  {
    name: "quit",
    aliases: ["exit", "q"],
    usage: "/quit",
    about: "end p2pchat",
    parse: () => command({ type: "quit" }),
  },
];

/** One line each, for a help text. */
export const COMMAND_HELP = helpOf(VERBS);

/** Without what does something to a full screen alone. */
export const LINE_COMMAND_HELP = helpOf(VERBS.filter(({ needsScreen }) => needsScreen !== true));

/**
 * The same of one command, whatever it is called, or of all that have to do with a word; none
 * where there are none. Whoever has no full screen is told what needs one.
 */
export function helpOn(topic: string, hasScreen: boolean): readonly HelpRow[] {
  const word = topic.replace(/^\//, "").toLowerCase();
  const named = verbCalled(word);
  const meant = named === undefined ? VERBS.filter((verb) => isAbout(verb, word)) : [named];
  return meant.map(({ usage, about, aliases, needsScreen }) => {
    const others = aliases.map((alias) => `/${alias}`).join(", ");
    const also = others === "" || named === undefined ? "" : `; also ${others}`;
    return [usage, `${about}${also}${needsScreen && !hasScreen ? "; in the full screen" : ""}`];
  });
}

/** What a command is called, without its `/`. */
export const COMMAND_NAMES: readonly string[] = VERBS.map(({ name }) => name);

/** Of an unknown command, this much is repeated. */
const SHOWN_CHARS_MAX = 32;

/** Words that may follow a command, whatever that is called: none where it may be anything. */
export function choicesAfter(typed: string): readonly string[] {
  const verb = verbCalled(typed);
  return verb?.name === "help" ? COMMAND_NAMES : (verb?.choices ?? []);
}

/**
 * A command begins with `/` as the very first character of a single line; `//text` says `/text`; a
 * space in front makes anything text. An unknown command is never sent as a message.
 */
export function parseIntent(line: string, context: IntentContext): Intent {
  if (line === "") return { kind: "nothing" };
  if (line.includes("\n") && isSecretCommand(line)) {
    return wrong("Nothing is said of this: a secret is typed when it is asked for, and alone");
  }
  if (!line.startsWith("/") || line.includes("\n")) return say(context.room, line, context);
  if (line.startsWith("//")) return say(context.room, line.slice(1), context);

  const { first, rest } = firstWord(line.slice(1));
  const verb = verbCalled(first);
  if (verb === undefined) return unknown(first);
  // What is typed in vain is not dropped without a word: it was meant to be of use.
  if (isAlone(verb) && rest.trim() !== "") {
    return wrong(`${verb.usage} takes nothing more: nothing was done, type it alone`);
  }
  return verb.parse(firstWord(rest), context);
}

/** Whether nothing may follow the command. */
function isAlone({ usage }: Verb): boolean {
  return !usage.includes(" ");
}

/** Whether it is the command after which a room's secret is typed, well put or not. */
export function isSecretCommand(line: string): boolean {
  const { first, rest } = firstWord(line.slice(1));
  const isJoin = line.startsWith("/") && verbCalled(first)?.name === "join";
  return isJoin && firstWord(rest).first === PRIVATE_FLAG;
}

function verbCalled(typed: string): Verb | undefined {
  return VERBS.find(({ name, aliases }) => name === typed || aliases.includes(typed));
}

/** Whether a word of what it is called, or is for, begins so. */
function isAbout({ usage, about }: Verb, word: string): boolean {
  const words = `${usage} ${about}`.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return word !== "" && words.some((one) => one.startsWith(word));
}

function helpOf(verbs: readonly Verb[]): readonly HelpRow[] {
  return verbs.map(({ usage, about }) => [usage, about]);
}

function unknown(typed: string): Intent {
  const name = lineSafe(typed).slice(0, SHOWN_CHARS_MAX);
  const meant = nearest(
    name.toLowerCase(),
    VERBS.map((verb) => verb.name),
  );
  const hint = meant === undefined ? "see /help" : `did you mean /${meant}?`;
  return wrong(`Unknown command /${name}: ${hint} (a space before the / makes it text)`);
}
