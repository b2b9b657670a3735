import { parseRoomName } from "../base/text.ts";
import { command, type Intent, type IntentContext, type Verb, wrong } from "./verb.ts";

/** The rooms one is in, and who else is. */
export const ROOM_VERBS: readonly Verb[] = [
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
];

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
