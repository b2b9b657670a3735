import { choicesAfter, COMMAND_HELP, COMMAND_NAMES } from "../../../contract/intent.ts";
import { completionsOf } from "../../talk/completion.ts";
import { emojiLike } from "./emojinames.ts";
import type { PageModel } from "./pagemodel.ts";

/** Ways that are offered; beyond, one types on. */
const OFFERED_MAX = 8;

/** Before it, a colon begins an emoji's name rather than ends a word. */
const EMOJI_TYPED = /(?:^|\s):([\w+-]{2,24})$/u;

export interface Offer {
  /** What is put in the place of what was typed. */
  readonly put: string;
  readonly what: string;
  readonly about: string;
}

export interface Offers {
  /** Where what is replaced begins. */
  readonly from: number;
  readonly all: readonly Offer[];
}

/** How what stands before the cursor can go on, where somebody seems to want that. */
export function offersFor(model: PageModel, text: string, cursor: number): Offers | undefined {
  const before = text.slice(0, cursor);
  const emoji = EMOJI_TYPED.exec(before)?.[1];
  if (emoji !== undefined) return emojiOffers(emoji, cursor);
  // Ordinary words are left alone: whoever means a name begins it with its sign.
  const isCommand = before.startsWith("/") && !before.startsWith("//") && !before.includes("\n");
  if (!isCommand && !/(?:^|\s)[@#]\S*$/u.test(before)) return undefined;
  const { view, conversations } = model;
  const found = completionsOf(text, cursor, {
    commands: COMMAND_NAMES,
    names: view.peopleCalled("#").map(({ who }) => view.nameOf(who)),
    rooms: conversations.rooms.map(({ key }) => key),
    choicesAfter,
    pathsLike: () => [],
  });
  if (found === undefined) return undefined;
  // What is whole already is not to be taken, but sent.
  const typed = before.slice(found.from);
  if (found.candidates.some((put) => put.trim() === typed)) return undefined;
  const all = found.candidates.slice(0, OFFERED_MAX).map((put) => {
    return { put, what: put.trim(), about: aboutCommand(put.trim()) };
  });
  return { from: found.from, all };
}

function emojiOffers(typed: string, cursor: number): Offers | undefined {
  const all = emojiLike(typed, OFFERED_MAX).map(({ emoji, name }) => {
    return { put: `${emoji} `, what: emoji, about: name.replaceAll("_", " ") };
  });
  return all.length === 0 ? undefined : { from: cursor - typed.length - 1, all };
}

function aboutCommand(name: string): string {
  if (!name.startsWith("/")) return "";
  const row = COMMAND_HELP.find(([usage]) => usage === name || usage.startsWith(`${name} `));
  return row?.[1] ?? "";
}
