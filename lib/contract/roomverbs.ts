import { parseRoomName } from "../base/text.ts";
import { parseInvitation } from "./invitation.ts";
import { command, firstWord, type Intent, type IntentContext, type Verb, wrong } from "./verb.ts";

/** After `/join`: the room is entered by its secret. */
export const PRIVATE_FLAG = "--private";

/** The rooms one is in, and who else is. */
export const ROOM_VERBS: readonly Verb[] = [
  {
    name: "join",
    aliases: ["j"],
    usage: "/join [--private] #ROOM | LINK",
    about: "enter a room, a private one by its secret or a link, and talk there",
    parse: parseJoin,
  },
  {
    name: "new",
    aliases: [],
    usage: "/new #ROOM",
    about: "make a private room, and show what invites to it",
    parse: (words, context) => roomCommand("new", words.first, context),
  },
  {
    name: "invite",
    aliases: [],
    usage: "/invite [#ROOM]",
    about: "show what lets others into a room",
    parse: (words, context) => roomCommand("invite", words.first || (context.room ?? ""), context),
  },
  {
    name: "leave",
    aliases: ["part"],
    usage: "/leave [#ROOM]",
    about: "leave a room",
    parse: (words, context) => roomCommand("leave", words.first || (context.room ?? ""), context),
  },
  {
    name: "rooms",
    aliases: [],
    usage: "/rooms",
    about: "the rooms you are in",
    parse: (_, { req }) => command({ type: "rooms", req }),
  },
  {
    name: "who",
    aliases: ["names", "n"],
    usage: "/who [#ROOM]",
    about: "who is in a room",
    parse: (words, context) => roomCommand("who", words.first || (context.room ?? ""), context),
  },
];

/** `/join --private #dev` asks for the secret, `/join --private #dev @FILE` reads it there. */
function parseJoin(
  { first, rest }: { first: string; rest: string },
  context: IntentContext,
): Intent {
  if (first.startsWith("p2pchat:")) return parseLink(first, rest, context);
  if (first !== PRIVATE_FLAG) {
    // `/join #dev --private` would enter the open room, and what is typed next be said there.
    const isPlain = rest.trim() === "" && !first.startsWith("-");
    if (!isPlain) return wrong("Say /join #dev, or /join --private #dev, and nothing more");
    return roomCommand("join", first, context);
  }
  const { first: typed, rest: file } = firstWord(rest);
  const room = roomNamed(typed);
  if (room === undefined) return wrong("Say which room, as in /join --private #dev");
  if (context.rooms?.includes(room) === true) {
    // Said before a secret is typed for nothing.
    return wrong(`You are in a room ${room}: /join ${room} talks there, /leave ${room} leaves it`);
  }
  if (file === "") return { kind: "secret", room };
  if (!file.startsWith("@") || file === "@") {
    return wrong("A secret is never typed in this line: give nothing more, or @FILE");
  }
  return command({ type: "join", req: context.req, room, secretFile: file.slice(1) });
}

/** What is wrong with it is said before anything is asked. */
function parseLink(link: string, rest: string, { req }: IntentContext): Intent {
  if (rest.trim() !== "") return wrong("Say /join and the link, and nothing more");
  const invitation = parseInvitation(link);
  if ("fault" in invitation) return wrong(`Cannot use the invitation: ${invitation.fault}`);
  return command({ type: "follow", req, link });
}

function roomCommand(
  type: "join" | "new" | "invite" | "leave" | "who",
  typed: string,
  { req }: IntentContext,
): Intent {
  const room = roomNamed(typed);
  return room === undefined
    ? wrong(`Say which room, as in /${type} #dev`)
    : command({ type, req, room });
}

function roomNamed(typed: string): string | undefined {
  if (typed.startsWith("@")) return undefined;
  return parseRoomName(typed.startsWith("#") ? typed : `#${typed}`);
}
