import { encodeUtf8, lineSafe, parseRoomName } from "../base/text.ts";
import type { PeerCommand } from "../node/commands.ts";
import type { Req } from "../node/events.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";
import { nearest } from "./nearest.ts";
import { typedTarget } from "./target.ts";

/** What somebody means by a line they typed. */
export type Intent =
  | { readonly kind: "command"; readonly command: PeerCommand }
  | { readonly kind: "help" }
  | { readonly kind: "nothing" }
  /** The line was not understood; nothing of it goes anywhere. */
  | { readonly kind: "wrong"; readonly text: string };

export interface IntentContext {
  /** The mark that the command's answers are to carry. */
  readonly req: Req;
  /** Where plain text goes, `#room` or `@name`; undefined when in no room. */
  readonly room: string | undefined;
}

interface Verb {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly usage: string;
  readonly about: string;
  readonly parse: (words: Words, context: IntentContext) => Intent;
}

/** What follows a command: its first word, and everything after that as it was typed. */
interface Words {
  readonly first: string;
  readonly rest: string;
}

const VERBS: readonly Verb[] = [
  {
    name: "help",
    aliases: ["?", "h"],
    usage: "/help",
    about: "this list",
    parse: () => ({ kind: "help" }),
  },
  {
    name: "list",
    aliases: [],
    usage: "/list",
    about: "everybody the server knows",
    parse: (_, { req }) => command({ type: "list", req }),
  },
  {
    name: "peer",
    aliases: [],
    usage: "/peer NUMBER",
    about: "one of them",
    parse: parsePeer,
  },
  {
    name: "punch",
    aliases: [],
    usage: "/punch [WHO]",
    about: "reach the server, or somebody directly, and time the answer",
    parse: parsePunch,
  },
  {
    name: "msg",
    aliases: ["dm", "w"],
    usage: "/msg WHO TEXT",
    about: "say something to one person, or to #room",
    parse: parseMessage,
  },
  {
    name: "join",
    aliases: ["j"],
    usage: "/join #ROOM",
    about: "enter a room, and talk there from now on",
    parse: (words, context) => roomCommand("join", words.first, context),
  },
  {
    name: "leave",
    aliases: ["part"],
    usage: "/leave [#ROOM]",
    about: "leave a room",
    parse: (words, context) => roomCommand("leave", words.first || (context.room ?? ""), context),
  },
  {
    name: "who",
    aliases: ["names", "n"],
    usage: "/who [#ROOM]",
    about: "who is in a room",
    parse: (words, context) => roomCommand("who", words.first || (context.room ?? ""), context),
  },
  {
    name: "why",
    aliases: [],
    usage: "/why WHO",
    about: "how somebody is reached, or why not, and what would help",
    parse: parseWhy,
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
export const COMMAND_HELP: readonly (readonly [usage: string, about: string])[] = VERBS.map(
  ({ usage, about }) => [usage, about],
);

/**
 * A command begins with `/` as the very first character of a single line; `//text` says `/text`; a
 * space in front makes anything text. An unknown command is never sent as a message.
 */
export function parseIntent(line: string, context: IntentContext): Intent {
  if (line === "") return { kind: "nothing" };
  if (!line.startsWith("/") || line.includes("\n")) return say(context.room, line, context);
  if (line.startsWith("//")) return say(context.room, line.slice(1), context);

  const { first, rest } = firstWord(line.slice(1));
  const verb = VERBS.find(({ name, aliases }) => name === first || aliases.includes(first));
  return verb === undefined ? unknown(first) : verb.parse(firstWord(rest), context);
}

function parsePeer({ first }: Words, { req }: IntentContext): Intent {
  const number = /^[1-9][0-9]{0,14}$/.test(first) ? Number(first) : undefined;
  if (number === undefined) return wrong("Say whose number, as in /peer 2");
  return command({ type: "peer", req, number });
}

function parsePunch({ first }: Words, { req }: IntentContext): Intent {
  if (first === "") return command({ type: "punch", req, to: null });
  const to = typedTarget(first);
  if (to === undefined || to.startsWith("#")) return wrong("Say whom, as in /punch bob");
  return command({ type: "punch", req, to });
}

function parseWhy({ first }: Words, { req }: IntentContext): Intent {
  const to = typedTarget(first);
  if (to === undefined || to.startsWith("#")) return wrong("Say whom, as in /why bob");
  return command({ type: "why", req, to });
}

function parseMessage({ first, rest }: Words, context: IntentContext): Intent {
  const to = typedTarget(first);
  if (to === undefined || rest === "") return wrong("Say to whom and what, as in /msg bob hello");
  return say(to, rest, context);
}

function roomCommand(
  type: "join" | "leave" | "who",
  typed: string,
  { req }: IntentContext,
): Intent {
  const room = parseRoomName(typed.startsWith("#") ? typed : `#${typed}`);
  if (room === undefined || typed.startsWith("@"))
    return wrong(`Say which room, as in /${type} #dev`);
  return command({ type, req, room });
}

function say(to: string | undefined, text: string, { req }: IntentContext): Intent {
  if (to === undefined) return wrong("You are in no room: /join #lobby, or /msg WHO TEXT");
  if (text.trim() === "") return { kind: "nothing" };
  if (encodeUtf8(text).length > TEXT_BYTES_MAX) {
    return wrong(`A message holds at most ${TEXT_BYTES_MAX} bytes: this one was not sent`);
  }
  return command({ type: "send", req, to, text });
}

function firstWord(text: string): Words {
  const [, first = "", rest = ""] = /^ *([^ ]*) ?([^]*)$/u.exec(text) ?? [];
  return { first, rest };
}

function unknown(typed: string): Intent {
  const name = lineSafe(typed).slice(0, SHOWN_CHARS_MAX);
  const meant = nearest(
    name,
    VERBS.map((verb) => verb.name),
  );
  const hint = meant === undefined ? "see /help" : `did you mean /${meant}?`;
  return wrong(`Unknown command /${name}: ${hint} (a space before the / makes it text)`);
}

/** Of an unknown command, this much is repeated. */
const SHOWN_CHARS_MAX = 32;

function command(value: PeerCommand): Intent {
  return { kind: "command", command: value };
}

function wrong(text: string): Intent {
  return { kind: "wrong", text };
}
