import { lineSafe } from "../../../base/text.ts";

/** Shapes of avatars that there are. */
const SHAPES = 5;

export interface Looks {
  /** Of the colour, in degrees. */
  readonly hue: number;
  readonly shape: number;
}

/** How somebody looks everywhere: by their id, which nobody else has. */
export function looksOf(id: string): Looks {
  const number = Number.parseInt(id.slice(0, 6), 16);
  const digits = Number.isNaN(number) ? 0 : number;
  return { hue: digits % 360, shape: Math.floor(digits / 360) % SHAPES };
}

/** The first letter of a name, as people see it. */
export function initialOf(name: string): string {
  const [first = "?"] = lineSafe(name);
  return first.toLocaleUpperCase();
}
