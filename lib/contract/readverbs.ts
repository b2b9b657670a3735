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
];

function parseRead({ first }: Words, { req, room, recent }: IntentContext): Intent {
  if (first !== "") {
    const message = recent?.called(first);
    if (message !== undefined) return command({ type: "read", req, id: message.id });
    return wrong(`No message here is called ${first}: say ^N as /recent shows`);
  }
  if (room === undefined) return wrong("You are in no room: say which message, as in /read ^12");
  const last = recent?.last(room, 1)[0];
  if (last === undefined) return wrong("Nothing was shown here: there is nothing to count");
  return command({ type: "read", req, id: last.id });
}
