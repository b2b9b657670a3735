import { PAGE_MESSAGES_MAX } from "../chat/history.ts";
import { PAGE_MESSAGES } from "./commandschema.ts";
import { command, type Intent, type IntentContext, type Verb, type Words, wrong } from "./verb.ts";

/** What was said before. */
export const HISTORY_VERBS: readonly Verb[] = [
  {
    name: "history",
    aliases: ["hist"],
    usage: "/history [N]",
    about: "what was last said where you talk",
    parse: parseHistory,
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
