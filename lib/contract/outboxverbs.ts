import { PAGE_MESSAGES } from "./commandschema.ts";
import { command, type Intent, type IntentContext, type Verb, type Words, wrong } from "./verb.ts";

/** What one has said and somebody has not got yet. */
export const OUTBOX_VERBS: readonly Verb[] = [
  {
    name: "outbox",
    aliases: ["waiting"],
    usage: "/outbox",
    about: "what you have said and somebody has not got yet",
    parse: (_, { req }) => command({ type: "outbox", req, limit: PAGE_MESSAGES }),
  },
  {
    name: "cancel",
    aliases: [],
    usage: "/cancel N",
    about: "take back what waits, by its number in /outbox",
    parse: parseCancel,
  },
];

/** Also by the number that the message was shown with, as `^12`, or its whole id. */
function parseCancel({ first }: Words, { req, waiting = [], recent }: IntentContext): Intent {
  const number = /^[1-9][0-9]{0,3}$/.exec(first)?.[0];
  const shown = first.startsWith("^") ? recent?.called(first, undefined) : undefined;
  const shownId = typeof shown === "object" ? shown.id : undefined;
  const id = /^[0-9a-f]{32}$/.test(first) ? first : (shownId ?? waiting[Number(number) - 1]);
  if (id === undefined) return wrong("Say which, as in /cancel 1: /outbox numbers what waits");
  return command({ type: "cancel", req, id });
}
