import { parseEmoji } from "./emoji.ts";
import type { Called } from "./recent.ts";
import { topicFault } from "./topictext.ts";
import {
  command,
  type Intent,
  type IntentContext,
  tooLong,
  type Verb,
  type Words,
  wrong,
} from "./verb.ts";

/** Messages that `/recent` shows, and at most. */
const LAST = 10;
const LAST_MAX = 100;

/** What one says of what was said. MESSAGE is somebody's name for their last, or `^12`. */
export const MESSAGE_VERBS: readonly Verb[] = [
  {
    name: "me",
    aliases: [],
    usage: "/me TEXT",
    about: "say what you do: /me waves",
    parse: parseAction,
  },
  {
    name: "recent",
    aliases: ["last"],
    usage: "/recent [N]",
    about: "the last messages here with their numbers, such as ^12",
    parse: parseLast,
  },
  {
    name: "reply",
    aliases: ["r"],
    usage: "/reply MESSAGE TEXT",
    about: "answer a message: ^12, or a name for their last",
    parse: parseReply,
  },
  {
    name: "edit",
    aliases: [],
    usage: "/edit [^N] TEXT",
    about: "say it otherwise: your last message, or another of yours",
    parse: parseEdit,
  },
  {
    name: "delete",
    aliases: ["del"],
    usage: "/delete [^N]",
    about: "take back your last message, or another of yours",
    parse: parseDelete,
  },
  {
    name: "react",
    aliases: [],
    usage: "/react MESSAGE EMOJI",
    about: "put an emoji, or one of +1 -1 <3 :) :( :D, to a message",
    parse: (words, context) => parseReaction(words, context, true),
  },
  {
    name: "unreact",
    aliases: [],
    usage: "/unreact MESSAGE EMOJI",
    about: "take it off again",
    parse: (words, context) => parseReaction(words, context, false),
  },
  {
    name: "copy",
    aliases: [],
    usage: "/copy [^N]",
    about: "copy the last message here, or another, to the clipboard",
    needsScreen: true,
    parse: parseCopy,
  },
  {
    name: "topic",
    aliases: [],
    usage: "/topic [TEXT]",
    about: "what the room is about; - for nothing",
    parse: parseTopic,
  },
];

const NOWHERE = "You are in no room: /join #lobby";
const NOTHING_SEEN = "Nothing is kept here of what was said";
const NO_OWN = "You have said nothing here that this could be: see /recent";

function parseAction({ first, rest }: Words, { req, room }: IntentContext): Intent {
  const text = textOf(first, rest);
  if (room === undefined) return wrong(NOWHERE);
  if (text === "") return wrong("Say what you do, as in /me waves");
  return tooLong(text) ?? command({ type: "send", req, to: room, text, action: true });
}

function parseLast({ first }: Words, { room }: IntentContext): Intent {
  const count = first === "" ? LAST : Number(/^[0-9]{1,4}$/.exec(first)?.[0]);
  if (!(count >= 1 && count <= LAST_MAX)) return wrong(`Say how many, from 1 to ${LAST_MAX}`);
  return room === undefined ? wrong(NOWHERE) : { kind: "last", room, count };
}

function parseReply({ first, rest }: Words, context: IntentContext): Intent {
  const { req, recent } = context;
  if (first === "" || rest.trim() === "") {
    return wrong("Say to which message and what, as in /reply bob hello, or /reply ^12 hello");
  }
  const message = called(first, context);
  if (typeof message === "string") return wrong(message);
  const to = recent?.placeOf(message) ?? message.room;
  return tooLong(rest) ?? command({ type: "send", req, to, text: rest, replyTo: message.id });
}

function parseEdit({ first, rest }: Words, context: IntentContext): Intent {
  const isNamed = /^\^[0-9]+$/.test(first);
  const message = isNamed ? ownCalled(first, context) : ownLast(context);
  const text = isNamed ? rest : textOf(first, rest);
  if (text.trim() === "") return wrong("Say what it is to be, as in /edit at noon then");
  if (typeof message === "string") return wrong(message);
  const { req } = context;
  return tooLong(text) ?? command({ type: "edit", req, id: message.id, text });
}

function parseDelete({ first }: Words, context: IntentContext): Intent {
  const message = first === "" ? ownLast(context) : ownCalled(first, context);
  if (typeof message === "string") return wrong(message);
  return command({ type: "delete", req: context.req, id: message.id });
}

function parseReaction({ first, rest }: Words, context: IntentContext, on: boolean): Intent {
  const { req } = context;
  const emoji = parseEmoji(rest.trim());
  if (first === "" || emoji === undefined) {
    return wrong("Say to which message and which emoji, as in /react bob +1");
  }
  const message = called(first, context);
  if (typeof message === "string") return wrong(message);
  return command({ type: "react", req, id: message.id, emoji, on });
}

function parseCopy({ first }: Words, context: IntentContext): Intent {
  if (first === "") return { kind: "copy", text: undefined };
  const message = called(first, context);
  return typeof message === "string" ? wrong(message) : { kind: "copy", text: message.text };
}

function parseTopic({ first, rest }: Words, { req, room }: IntentContext): Intent {
  if (room === undefined) return wrong(NOWHERE);
  const text = textOf(first, rest);
  const fault = topicFault(text);
  if (fault !== undefined) return wrong(`${fault}: this one was not set`);
  const topic = text === "" ? null : text === "-" ? "" : text;
  return command({ type: "topic", req, room, topic });
}

/** As it was typed, but for spaces before it. */
function textOf(first: string, rest: string): string {
  return rest === "" ? first : `${first} ${rest}`;
}

function called(word: string, { recent, room }: IntentContext): Called {
  return recent?.called(word, room) ?? NOTHING_SEEN;
}

function ownLast({ recent, room }: IntentContext): Called {
  return room === undefined ? NOWHERE : (recent?.ownLast(room) ?? NO_OWN);
}

function ownCalled(word: string, context: IntentContext): Called {
  const message = called(word, context);
  return typeof message === "string" || message.from === undefined ? message : NO_OWN;
}
