import { styleOf } from "../style.ts";
import type { Style } from "./rows.ts";

/** How a style is drawn: colours are of the terminal's own sixteen, so that they fit its theme. */
export interface Look {
  /** 0 to 15; the terminal's default where there is none. */
  readonly ink?: number;
  readonly ground?: number;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly reverse?: boolean;
}

export type Theme = Readonly<Record<Style, Look>>;

/** Without colour: every meaning has a sign or a word of its own. */
const PLAIN: Theme = {
  text: {},
  dim: { dim: true },
  strong: { bold: true },
  own: { bold: true },
  name1: {},
  name2: {},
  name3: {},
  name4: {},
  name5: {},
  accent: { bold: true },
  good: {},
  warn: { bold: true },
  bad: { bold: true },
  chosen: { reverse: true },
  code: { ink: 0, ground: 15 },
};

/** Colours that can be read on either ground. */
const EITHER: Theme = {
  ...PLAIN,
  name1: { ink: 5 },
  name2: { ink: 2 },
  name3: { ink: 1 },
  name4: { ink: 4 },
  name5: { ink: 6 },
  accent: { ink: 6, bold: true },
  good: { ink: 2 },
  warn: { ink: 5, bold: true },
  bad: { ink: 1, bold: true },
};

/** On a dark ground blue cannot be read, and on a light one yellow. */
const DARK: Theme = {
  ...EITHER,
  name3: { ink: 3 },
  name4: { ink: 12 },
  accent: { ink: 14 },
  warn: { ink: 11 },
  bad: { ink: 9, bold: true },
};
const LIGHT: Theme = { ...EITHER, accent: { ink: 4, bold: true }, bad: { ink: 1, bold: true } };

/** By what the terminal says of its ground, and what its user says of colours. */
export function themeFor(
  ground: "dark" | "light" | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Theme {
  if (!styleOf(env, true).hasColours) return PLAIN;
  switch (ground ?? groundIn(env["COLORFGBG"] ?? "")) {
    case "dark":
      return DARK;
    case "light":
      return LIGHT;
    case undefined:
      return EITHER;
  }
}

/** As some terminals tell it, such as `15;0`. */
function groundIn(colours: string): "dark" | "light" | undefined {
  const [, ground = ""] = /;([0-9]+)$/.exec(colours) ?? [];
  if (ground === "") return undefined;
  return ground === "7" || ground === "15" ? "light" : "dark";
}
