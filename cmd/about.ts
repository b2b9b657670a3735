import type { Section } from "./command.ts";

/** What the program is. */
export const ABOUT = "Peer-to-peer chat: people talk directly, over UDP";

/** How it is used. */
export const EXAMPLES: Section = {
  title: "EXAMPLES",
  isVerbatim: true,
  lines: [
    "p2pchat server                              introduces people to each other",
    "p2pchat client --name alice                 chats, in #lobby to begin with",
    "p2pchat client --name alice --web           the same as a page in the browser",
    "echo hi | p2pchat client --name bot --to alice",
    "p2pchat history --room '#dev' --since 2d    shows what was said, without a client too",
    "p2pchat doctor                              looks at the network, and says what to do",
    "p2pchat demo                                shows what it does, on this machine alone",
  ],
};

/** For who starts it without a word: what to begin with, and where to go on. */
export const FIRST_WORDS: readonly string[] = [
  `${ABOUT}.`,
  "",
  "  p2pchat client --name alice    chats with whoever is on this network",
  "  p2pchat server                 introduces people who are on several, and says what they type",
  "",
  "p2pchat demo shows both on this machine alone, and p2pchat --help tells the rest.",
];
