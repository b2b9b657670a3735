import { lineSafe } from "../base/text.ts";
import type { ServerCommand } from "../node/commands.ts";
import { nearest } from "./nearest.ts";

/** What somebody means by a line typed at the server's prompt. */
export type PromptIntent =
  | { readonly kind: "command"; readonly command: ServerCommand }
  | { readonly kind: "help" }
  | { readonly kind: "nothing" }
  | { readonly kind: "wrong"; readonly text: string };

/** One line each, for a help text. */
export const PROMPT_HELP: readonly (readonly [usage: string, about: string])[] = [
  ["list", "everybody who is registered"],
  ["peer NUMBER", "one of them"],
  ["punch", "the question that clients ask too: the answer is punched"],
  ["help", "this list"],
  ["quit", "end the server; those who are connected stay connected"],
];

const NAMES = PROMPT_HELP.map(([usage]) => usage.split(" ", 1)[0] ?? "");

export function parsePrompt(line: string): PromptIntent {
  const words = lineSafe(line).trim().split(/ +/);
  const [first = "", second] = words;
  const name = first.replace(/^\//, "");
  if (first === "") return { kind: "nothing" };
  switch (name) {
    case "list":
    case "punch":
      return { kind: "command", command: { type: name, req: null } };
    case "peer":
      if (!/^[1-9][0-9]{0,14}$/.test(second ?? "")) {
        return { kind: "wrong", text: "Say whose number, as in peer 2" };
      }
      return { kind: "command", command: { type: "peer", req: null, number: Number(second) } };
    case "help":
    case "?":
      return { kind: "help" };
    case "quit":
    case "exit":
      return { kind: "command", command: { type: "quit" } };
    default: {
      const meant = nearest(name, NAMES);
      const hint = meant === undefined ? "see help" : `did you mean ${meant}?`;
      return { kind: "wrong", text: `Unknown command ${name.slice(0, SHOWN_CHARS_MAX)}: ${hint}` };
    }
  }
}

/** Of an unknown command, this much is repeated. */
const SHOWN_CHARS_MAX = 32;
