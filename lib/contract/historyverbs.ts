import { PAGE_MESSAGES_MAX, SEARCH_CHARS_MAX } from "../chat/history.ts";
import type { CommandOf } from "../node/commands.ts";
import type { Req } from "../node/events.ts";
import { formatKeep, parseKeep } from "../node/keep.ts";
import { PAGE_MESSAGES } from "./commandschema.ts";
import { keptPlace } from "./keptplace.ts";
import { normalKeptRoom, normalPerson } from "./target.ts";
import { command, type Intent, type IntentContext, type Verb, type Words, wrong } from "./verb.ts";

/** Messages that a search shows. */
const FOUND = 20;

/** Messages that are shown around one. */
const AROUND = 20;

/** Linux takes no longer path. */
const FILE_CHARS_MAX = 4096;

/** What was said before. */
export const HISTORY_VERBS: readonly Verb[] = [
  {
    name: "history",
    aliases: ["hist"],
    usage: "/history [#ROOM|@WHO] [N] | ^N",
    about: "what was last said where you talk, or there; or around a message that was found",
    parse: parseHistory,
  },
  {
    name: "older",
    aliases: [],
    usage: "/older [N]",
    about: "what came before what /history showed",
    parse: (words, context) => parsePage(words, context, "before"),
  },
  {
    name: "newer",
    aliases: [],
    usage: "/newer [N]",
    about: "what came after it",
    parse: (words, context) => parsePage(words, context, "after"),
  },
  {
    name: "retain",
    aliases: [],
    usage: "/retain [#ROOM|@WHO] [30d|1000|forever]",
    about: "how much of a room is kept on this disk: so long, or so many messages",
    parse: parseRetain,
  },
  {
    name: "export",
    aliases: [],
    usage: "/export [#ROOM|@WHO] FILE",
    about: "write all that was said where you talk, or there, to a new file: .md, or .jsonl",
    parse: parseExport,
  },
  {
    name: "search",
    aliases: ["find"],
    usage: "/search WORDS",
    about: "messages that have all these words; word* is how one begins",
    parse: parseSearch,
  },
];

function parseHistory(words: Words, { req, room, recent }: IntentContext): Intent {
  const { first, rest } = words;
  if (first.startsWith("^")) {
    const message = recent?.called(first, room);
    if (recent === undefined || message === undefined) return wrong(HOW_MANY);
    if (typeof message === "string") return wrong(message);
    return history(req, recent.placeOf(message), { around: message.id }, AROUND);
  }
  const isElsewhere = /^[#@]/.test(first);
  const place = isElsewhere ? placeCalled(first) : room;
  const limit = limitOf(isElsewhere ? rest.trim() : first);
  if (limit === undefined || (isElsewhere && place === undefined)) return wrong(WHERE);
  if (place === undefined) return wrong("You are in no room: say where, as in /history @bob");
  return history(req, place, {}, limit);
}

/** A room, also one that was left, or a person. */
function placeCalled(typed: string): string | undefined {
  return normalKeptRoom(typed) ?? normalPerson(typed);
}

function parsePage(
  { first }: Words,
  { req, page }: IntentContext,
  step: "before" | "after",
): Intent {
  const limit = limitOf(first);
  if (limit === undefined) return wrong(HOW_MANY);
  if (page === undefined) return wrong("Nothing was shown to go on from: /history shows the end");
  const from = step === "before" ? { before: page.firstId } : { after: page.lastId };
  return history(req, page.room, from, limit);
}

function history(
  req: Req,
  place: string,
  from: Partial<Pick<CommandOf<"history">, "before" | "after" | "around">>,
  limit: number,
): Intent {
  const whole = { before: null, after: null, around: null, ...from };
  return command({ type: "history", req, ...keptPlace(place), ...whole, limit });
}

/** Undefined for what is no number of messages. */
function limitOf(typed: string): number | undefined {
  const limit = typed === "" ? PAGE_MESSAGES : Number(/^[0-9]{1,6}$/.exec(typed)?.[0]);
  return limit >= 1 && limit <= PAGE_MESSAGES_MAX ? limit : undefined;
}

const HOW_MANY = `Say how many, from 1 to ${PAGE_MESSAGES_MAX}, as in /history 20`;
const WHERE = `${HOW_MANY}, or where, as in /history @bob`;

/** The name of a file may have spaces in it, also before its end. */
function parseExport({ first, rest }: Words, { room }: IntentContext): Intent {
  const isElsewhere = /^[#@]/.test(first);
  const place = isElsewhere ? placeCalled(first) : room;
  const file = (isElsewhere ? rest : `${first} ${rest}`).trim();
  if (file === "" || (isElsewhere && place === undefined)) {
    return wrong("Say into which file, as in /export lobby.md, or /export @bob bob.jsonl");
  }
  if (file.length > FILE_CHARS_MAX) return wrong("No file's name is that long");
  if (place === undefined) return wrong("You are in no room: say what, as in /export @bob bob.md");
  return { kind: "export", place, file };
}

function parseSearch({ first, rest }: Words, { req }: IntentContext): Intent {
  const text = `${first} ${rest}`.trim();
  if (text === "") return wrong("Say what to search for, as in /search boat tuesday");
  if (text.length > SEARCH_CHARS_MAX) {
    return wrong(`A search is at most ${SEARCH_CHARS_MAX} characters long`);
  }
  return command({ type: "search", req, text, room: null, with: null, limit: FOUND });
}

function parseRetain({ first, rest }: Words, { req, room }: IntentContext): Intent {
  const isElsewhere = /^[#@]/.test(first);
  const place = isElsewhere ? placeCalled(first) : room;
  const typed = isElsewhere ? rest.trim() : `${first} ${rest}`.trim();
  const keep = typed === "" ? null : parseKeep(typed);
  if (keep === undefined || (isElsewhere && place === undefined)) {
    return wrong("Say how much, as in /retain #dev 30d, or 1000 messages, or forever");
  }
  if (place === undefined) return wrong("You are in no room: say which, as in /retain #dev 30d");
  return command({ type: "retain", req, ...keptPlace(place), keep: keep && formatKeep(keep) });
}
