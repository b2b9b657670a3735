import { typedTarget } from "./target.ts";
import { type Intent, type IntentContext, say, type Verb, type Words, wrong } from "./verb.ts";

/** What one says, and to whom. */
export const TALK_VERBS: readonly Verb[] = [
  {
    name: "msg",
    aliases: ["dm", "w"],
    usage: "/msg WHO TEXT",
    about: "say something to one person, or to #room",
    parse: parseMessage,
  },
  {
    name: "echo",
    aliases: [],
    usage: "/echo [TEXT]",
    about: "try it out: a part of this program says it again, and nobody else hears it",
    parse: ({ first, rest }) => ({ kind: "echo", text: rest === "" ? first : `${first} ${rest}` }),
  },
];

function parseMessage({ first, rest }: Words, context: IntentContext): Intent {
  const to = typedTarget(first);
  if (to === undefined || rest === "") return wrong("Say to whom and what, as in /msg bob hello");
  return say(to, rest, context);
}
