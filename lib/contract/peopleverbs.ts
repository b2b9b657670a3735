import { parseName } from "../base/text.ts";
import { ANSWER_CHARS_MAX } from "./commandschema.ts";
import { typedTarget } from "./target.ts";
import { command, type Intent, type IntentContext, type Verb, type Words, wrong } from "./verb.ts";

const PRESENCE_ABOUT = {
  away: "tell the others that you are not at hand",
  busy: "tell them that you are not to be disturbed",
  back: "tell them that you are here again",
} as const;

/** Who is there, and how they are reached. */
export const PEOPLE_VERBS: readonly Verb[] = [
  {
    name: "list",
    aliases: [],
    usage: "/list",
    about: "everybody the server knows",
    parse: (_, { req }) => command({ type: "list", req }),
  },
  {
    name: "peer",
    aliases: [],
    usage: "/peer NUMBER",
    about: "one of them",
    parse: parsePeer,
  },
  {
    name: "punch",
    aliases: [],
    usage: "/punch [WHO]",
    about: "reach the server, or somebody directly, and time the answer",
    parse: parsePunch,
  },
  {
    name: "register",
    aliases: [],
    usage: "/register",
    about: "register here with the server, where another client of yours has",
    parse: (_, { req }) => command({ type: "register", req }),
  },
  {
    name: "why",
    aliases: [],
    usage: "/why WHO",
    about: "how somebody is reached, or why not, and what would help",
    parse: (words, { req }) => aboutPerson("why", words, (to) => command({ type: "why", req, to })),
  },
  {
    name: "whois",
    aliases: [],
    usage: "/whois WHO",
    about: "who somebody is: their whole id, what you think of it, and how they are reached",
    parse: (words, { req }) =>
      aboutPerson("whois", words, (to) => command({ type: "whois", req, to })),
  },
  {
    name: "id",
    aliases: ["fingerprint", "key"],
    usage: "/id",
    about: "who you are yourself: your whole id, by which others know you",
    parse: () => ({ kind: "self" }),
  },
  {
    name: "nick",
    aliases: [],
    usage: "/nick NAME",
    about: "how to go by another name",
    parse: ({ first }, { profileFlag }) => wrong(renamingWords(first, profileFlag)),
  },
  {
    name: "retry",
    aliases: [],
    usage: "/retry WHO",
    about: "look for somebody again at once, as if nothing had been tried",
    parse: (words, { req }) =>
      aboutPerson("retry", words, (to) => command({ type: "retry", req, to })),
  },
  {
    name: "doctor",
    aliases: [],
    usage: "/doctor",
    about: "look at your network: what works, and what to do",
    parse: () => ({ kind: "doctor" }),
  },
  {
    name: "verify",
    aliases: [],
    usage: "/verify WHO [match | differs | CODE]",
    about: "compare keys with somebody, by voice or in person",
    parse: parseVerify,
  },
  {
    name: "trust",
    aliases: [],
    usage: "/trust WHO",
    about: "take somebody who came under a name you know as another person",
    parse: (words, { req }) =>
      aboutPerson("trust", words, (to) => command({ type: "trust", req, to })),
  },
  {
    name: "block",
    aliases: ["hide"],
    usage: "/block WHO",
    about: "send nothing to somebody, and take nothing of theirs",
    parse: (words, { req }) =>
      aboutPerson("block", words, (to) => command({ type: "block", req, to })),
  },
  {
    name: "unblock",
    aliases: [],
    usage: "/unblock WHO",
    about: "talk with them again",
    parse: (words, { req }) =>
      aboutPerson("unblock", words, (to) => command({ type: "unblock", req, to })),
  },
  ...(["away", "busy", "back"] as const).map((name): Verb => {
    const state = name === "back" ? "online" : name;
    return {
      name,
      aliases: [],
      usage: `/${name}`,
      about: PRESENCE_ABOUT[name],
      parse: (_, { req }) => command({ type: "presence", req, state }),
    };
  }),
];

function parseVerify(words: Words, { req }: IntentContext): Intent {
  const answer = words.rest.trim();
  if (answer.length > ANSWER_CHARS_MAX) return wrong("This is no code of p2pchat");
  return aboutPerson("verify", words, (to) =>
    command({ type: "verify", req, to, answer: answer === "" ? null : answer }),
  );
}

function parsePeer({ first }: Words, { req }: IntentContext): Intent {
  const number = /^[1-9][0-9]{0,14}$/.test(first) ? Number(first) : undefined;
  if (number === undefined) return wrong("Say whose number, as in /peer 2");
  return command({ type: "peer", req, number });
}

function parsePunch(words: Words, { req }: IntentContext): Intent {
  if (words.first === "") return command({ type: "punch", req, to: null });
  return aboutPerson("punch", words, (to) => command({ type: "punch", req, to }));
}

/** A name is signed, and what others have of it is to hold for as long as they talk with one. */
function renamingWords(typed: string, profileFlag = "--profile PROFILE"): string {
  const name = parseName(typed);
  if (name === undefined) return "Say which name, as in /nick bob: letters, digits, - _ and .";
  return (
    "A name lasts for a run: end this one, then start " +
    `p2pchat client --name ${name} ${profileFlag}, and all that you have is still yours`
  );
}

/** A command about the person who is named first. */
function aboutPerson(verb: string, { first }: Words, of: (to: string) => Intent): Intent {
  const to = typedTarget(first);
  if (to === undefined || to.startsWith("#")) return wrong(`Say whom, as in /${verb} bob`);
  return of(to);
}
