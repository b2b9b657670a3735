import type { Who } from "../../node/events.ts";
import { Composer } from "./composer.ts";
import type { Span } from "./rows.ts";

/** Something that lies over the conversation for a while. */
export type Overlay = Picker | Page | SecretEntry;

/** One of a list, narrowed down by typing. */
export interface Picker {
  readonly kind: "picker";
  readonly title: string;
  readonly typed: Composer;
  /** The message that all of it is about. */
  messageId: string | undefined;
  /** What is typed has changed: so do the choices. */
  readonly refine: (now: number, typed: string, open: Picker) => void;
  choices: readonly Choice[];
  chosen: number;
  /** In the place of choices, where there are none. */
  hint: string;
}

export interface Choice {
  readonly label: string;
  /** On the right. */
  readonly about: string;
  /** The message that it is about. */
  messageId?: string;
  readonly take: (now: number) => void;
}

export interface Page {
  readonly kind: "page";
  readonly title: string;
  readonly lines: readonly PageLine[];
  /** The first line shown, in rows. */
  top: number;
  /** What there is to copy of it. */
  readonly copied: string | undefined;
  /** Whom it is about, of a comparison of keys. */
  readonly compares: Who | undefined;
}

/** A line of a page; codes are never wrapped. */
export type PageLine = Span;

/** A secret is typed, which nobody is to see. */
export interface SecretEntry {
  readonly kind: "secret";
  readonly room: string;
  readonly typed: Composer;
}

interface PickerWords {
  readonly title: string;
  readonly hint: string;
  readonly typed?: string;
  readonly messageId?: string;
}

export function picker(
  now: number,
  { title, hint, typed = "", messageId }: PickerWords,
  refine: Picker["refine"],
): Picker {
  const composer = new Composer();
  composer.set(typed);
  const open: Picker = {
    kind: "picker",
    title,
    typed: composer,
    messageId,
    refine,
    choices: [],
    chosen: 0,
    hint,
  };
  refine(now, typed, open);
  return open;
}

export function page(
  title: string,
  lines: readonly PageLine[],
  more: { readonly copied?: string; readonly compares?: Who } = {},
): Page {
  return {
    kind: "page",
    title,
    lines,
    top: 0,
    copied: more.copied,
    compares: more.compares,
  };
}
