import { NOTICE_LEVELS, type NoticeLevel, parseNoticeLevel } from "./notices.ts";
import { typedTarget } from "./target.ts";
import { command, type Intent, type IntentContext, type Verb, type Words, wrong } from "./verb.ts";

/** What one has read. */
export const READ_VERBS: readonly Verb[] = [
  {
    name: "unread",
    aliases: [],
    usage: "/unread",
    about: "the rooms and people of whom something is unread, and how much",
    parse: (_, { req }) => command({ type: "unread", req }),
  },
  {
    name: "read",
    aliases: [],
    usage: "/read [^N]",
    about: "count all that was shown here as read, or all up to a message",
    parse: parseRead,
  },
  {
    name: "notify",
    aliases: [],
    usage: "/notify [all | mentions | none] [#ROOM | WHO]",
    about: "what calls you from there when you look elsewhere",
    needsScreen: true,
    choices: NOTICE_LEVELS,
    parse: parseNotify,
  },
  {
    name: "mute",
    aliases: [],
    usage: "/mute [#ROOM | WHO]",
    about: "let nothing call you from there: /notify none",
    needsScreen: true,
    parse: ({ first }, context) => notice(first, "none", context),
  },
  {
    name: "clear",
    aliases: [],
    usage: "/clear",
    about: "empty the screen of what was said here; scrolling back brings it again",
    needsScreen: true,
    parse: () => ({ kind: "clear" }),
  },
];

function parseNotify({ first, rest }: Words, context: IntentContext): Intent {
  if (first === "") return notice("", undefined, context);
  const level = parseNoticeLevel(first);
  if (level === undefined) return wrong("Say all, mentions or none, as in /notify mentions #dev");
  return notice(rest.trim(), level, context);
}

function notice(typed: string, level: NoticeLevel | undefined, { room }: IntentContext): Intent {
  const place = typed === "" ? room : typedTarget(typed);
  if (place !== undefined) return { kind: "notify", place, level };
  return wrong("Say of which room or person, as in /notify mentions #dev");
}

function parseRead({ first }: Words, { req, room, recent }: IntentContext): Intent {
  if (first !== "") {
    const message = recent?.called(first, room) ?? "Say which message, as in /read ^12";
    if (typeof message === "string") return wrong(message);
    return command({ type: "read", req, id: message.id });
  }
  if (room === undefined) return wrong("You are in no room: say which message, as in /read ^12");
  const last = recent?.last(room, 1)[0];
  if (last === undefined) return wrong("Nothing was shown here: there is nothing to count");
  return command({ type: "read", req, id: last.id });
}
