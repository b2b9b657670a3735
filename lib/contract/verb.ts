import type { Req } from "../node/events.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";
import type { Asked } from "./asked.ts";
import { isTooLong } from "./messagetext.ts";
import type { NoticeLevel } from "./notices.ts";
import type { Recent } from "./recent.ts";
import type { HistoryPage } from "./view.ts";

/** What somebody means by a line they typed. */
export type Intent =
  | { readonly kind: "command"; readonly command: Asked }
  /** The next line is the secret by which this room is to be entered. */
  | { readonly kind: "secret"; readonly room: string }
  /** Of one command or word; of all where it is empty. */
  | { readonly kind: "help"; readonly topic: string }
  /** Who one is oneself, by name and whole id. */
  | { readonly kind: "self" }
  /** What was said in a room, or with somebody, is to be written to a new file. */
  | { readonly kind: "export"; readonly place: string; readonly file: string }
  /** The last messages of a room are to be shown with their numbers. */
  | { readonly kind: "last"; readonly room: string; readonly count: number }
  /** What calls one from there is to be this; undefined: what it is, is to be told. */
  | { readonly kind: "notify"; readonly place: string; readonly level: NoticeLevel | undefined }
  /** The network is to be looked at. */
  | { readonly kind: "doctor" }
  /** Something is said to the program's own partner, and goes nowhere. */
  | { readonly kind: "echo"; readonly text: string }
  /** A message is to be copied: the last one here where none is named. */
  | { readonly kind: "copy"; readonly text: string | undefined }
  /** Nothing of what was said until now is to be shown here, before one looks for it. */
  | { readonly kind: "clear" }
  | { readonly kind: "nothing" }
  /** The line was not understood; nothing of it goes anywhere. */
  | { readonly kind: "wrong"; readonly text: string };

export interface IntentContext {
  /** The mark that the command's answers are to carry. */
  readonly req: Req;
  /** Where plain text goes, `#room` or `@name`; undefined when in no room. */
  readonly room: string | undefined;
  /** Those that one is in. */
  readonly rooms?: readonly string[];
  /** What was seen of late; none where nobody keeps it. */
  readonly recent?: Recent;
  /** The page of history that was shown last. */
  readonly page?: HistoryPage | undefined;
  /** Messages that waited when that was last shown, in that order. */
  readonly waiting?: readonly string[];
  /** The flag of a command line that means the data of this run, such as `--profile alice`. */
  readonly profileFlag?: string | undefined;
}

/** A command as it is typed. */
export interface Verb {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly usage: string;
  readonly about: string;
  /** It does something to the screen that the program fills, and nothing where there is none. */
  readonly needsScreen?: true;
  /** Words that its first argument may be. */
  readonly choices?: readonly string[];
  readonly parse: (words: Words, context: IntentContext) => Intent;
}

/** What follows a command: its first word, and everything after that as it was typed. */
export interface Words {
  readonly first: string;
  readonly rest: string;
}

export function firstWord(text: string): Words {
  const [, first = "", rest = ""] = /^ *([^ ]*) ?([^]*)$/u.exec(text) ?? [];
  return { first, rest };
}

export function command(value: Asked): Intent {
  return { kind: "command", command: value };
}

export function wrong(text: string): Intent {
  return { kind: "wrong", text };
}

/** Plain text, to where one talks or to somebody else. */
export function say(to: string | undefined, text: string, { req }: IntentContext): Intent {
  if (to === undefined) return wrong("You are in no room: /join #lobby, or /msg WHO TEXT");
  if (text.trim() === "") return { kind: "nothing" };
  return tooLong(text) ?? command({ type: "send", req, to, text });
}

export function tooLong(text: string): Intent | undefined {
  if (!isTooLong(text)) return undefined;
  return wrong(`A message holds at most ${TEXT_BYTES_MAX} bytes: this one was not sent`);
}
