import { PAGE_MESSAGES_MAX, SEARCH_CHARS_MAX } from "../chat/history.ts";
import { formatKeep, parseKeep } from "../node/keep.ts";
import { PAGE_MESSAGES } from "./commandschema.ts";
import { normalTarget } from "./target.ts";
import { command, type Intent, type IntentContext, type Verb, type Words, wrong } from "./verb.ts";

/** Messages that a search shows. */
const FOUND = 20;

/** What was said before. */
export const HISTORY_VERBS: readonly Verb[] = [
  {
    name: "history",
    aliases: ["hist"],
    usage: "/history [N]",
    about: "what was last said where you talk",
    parse: parseHistory,
  },
  {
    name: "retain",
    aliases: [],
    usage: "/retain [#ROOM|@WHO] 30d|1000|forever",
    about: "how much of a room is kept on this disk: so long, or so many messages",
    parse: parseRetain,
  },
  {
    name: "search",
    aliases: ["find"],
    usage: "/search WORDS",
    about: "messages that have all these words; word* is how one begins",
    parse: parseSearch,
  },
];

function parseHistory({ first }: Words, { req, room: place }: IntentContext): Intent {
  const limit = first === "" ? PAGE_MESSAGES : Number(/^[0-9]{1,6}$/.exec(first)?.[0]);
  if (!(limit >= 1 && limit <= PAGE_MESSAGES_MAX)) {
    return wrong(`Say how many, from 1 to ${PAGE_MESSAGES_MAX}, as in /history 20`);
  }
  if (place === undefined) return wrong("You are in no room: /join #lobby");
  const isRoom = place.startsWith("#");
  const of = { room: isRoom ? place : null, with: isRoom ? null : place };
  const from = { before: null, after: null, around: null };
  return command({ type: "history", req, ...of, ...from, limit });
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
  const place = isElsewhere ? normalTarget(first) : room;
  const typed = isElsewhere ? rest.trim() : `${first} ${rest}`.trim();
  const keep = parseKeep(typed);
  if (place === undefined || keep === undefined) {
    return wrong("Say how much, as in /retain #dev 30d, or 1000 messages, or forever");
  }
  const isRoom = place.startsWith("#");
  const of = { room: isRoom ? place : null, with: isRoom ? null : place };
  return command({ type: "retain", req, ...of, keep: formatKeep(keep) });
}
