import { encodeUtf8 } from "../base/text.ts";
import { TEXT_BYTES_MAX, TOPIC_TEXT_BYTES_MAX } from "../wire/limits.ts";
import { parseEmoji } from "./emoji.ts";
import type { RecentMessage } from "./recent.ts";
import { command, type Intent, type IntentContext, type Verb, type Words, wrong } from "./verb.ts";

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

function parseReply({ first, rest }: Words, { req, recent }: IntentContext): Intent {
  if (first === "" || rest.trim() === "") {
    return wrong("Say to which message and what, as in /reply bob hello, or /reply ^12 hello");
  }
  const message = recent?.called(first);
  if (message === undefined) return wrong(unknown(first));
  const { id: replyTo, room: to } = message;
  return tooLong(rest) ?? command({ type: "send", req, to, text: rest, replyTo });
}

function parseEdit({ first, rest }: Words, context: IntentContext): Intent {
  const isNamed = /^\^[0-9]+$/.test(first);
  const message = isNamed ? ownCalled(first, context) : ownLast(context);
  const text = isNamed ? rest : textOf(first, rest);
  if (text.trim() === "") return wrong("Say what it is to be, as in /edit at noon then");
  if (message === undefined) return wrong(NO_OWN);
  const { req } = context;
  return tooLong(text) ?? command({ type: "edit", req, id: message.id, text });
}

function parseDelete({ first }: Words, context: IntentContext): Intent {
  const message = first === "" ? ownLast(context) : ownCalled(first, context);
  if (message === undefined) return wrong(NO_OWN);
  return command({ type: "delete", req: context.req, id: message.id });
}

function parseReaction({ first, rest }: Words, context: IntentContext, on: boolean): Intent {
  const { req, recent } = context;
  const emoji = parseEmoji(rest.trim());
  if (first === "" || emoji === undefined) {
    return wrong("Say to which message and which emoji, as in /react bob +1");
  }
  const message = recent?.called(first);
  if (message === undefined) return wrong(unknown(first));
  return command({ type: "react", req, id: message.id, emoji, on });
}

function parseCopy({ first }: Words, { recent }: IntentContext): Intent {
  if (first === "") return { kind: "copy", text: undefined };
  const message = recent?.called(first);
  return message === undefined ? wrong(unknown(first)) : { kind: "copy", text: message.text };
}

function parseTopic({ first, rest }: Words, { req, room }: IntentContext): Intent {
  if (room === undefined) return wrong(NOWHERE);
  const text = textOf(first, rest);
  if (encodeUtf8(text).length > TOPIC_TEXT_BYTES_MAX) {
    return wrong(`A topic holds at most ${TOPIC_TEXT_BYTES_MAX} bytes: this one was not set`);
  }
  const topic = text === "" ? null : text === "-" ? "" : text;
  return command({ type: "topic", req, room, topic });
}

/** As it was typed, but for spaces before it. */
function textOf(first: string, rest: string): string {
  return rest === "" ? first : `${first} ${rest}`;
}

function tooLong(text: string): Intent | undefined {
  if (encodeUtf8(text).length <= TEXT_BYTES_MAX) return undefined;
  return wrong(`A message holds at most ${TEXT_BYTES_MAX} bytes: this one was not sent`);
}

function ownLast({ recent, room }: IntentContext): RecentMessage | undefined {
  return room === undefined ? undefined : recent?.ownLast(room);
}

function ownCalled(word: string, { recent }: IntentContext): RecentMessage | undefined {
  const message = recent?.called(word);
  return message?.from === undefined ? message : undefined;
}

function unknown(word: string): string {
  return `No message here is called ${word}: say a name for their last, or ^N as /recent shows`;
}
