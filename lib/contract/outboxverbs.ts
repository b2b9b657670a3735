import { PAGE_MESSAGES } from "./commandschema.ts";
import { command, type Verb } from "./verb.ts";

/** What one has said and somebody has not got yet. */
export const OUTBOX_VERBS: readonly Verb[] = [
  {
    name: "outbox",
    aliases: ["waiting"],
    usage: "/outbox",
    about: "what you have said and somebody has not got yet",
    parse: (_, { req }) => command({ type: "outbox", req, limit: PAGE_MESSAGES }),
  },
];
