import type { Equivocation } from "../node/equivocations.ts";
import type { Held } from "../node/events.ts";

/** Ms since 1970 of a time as lines have it. */
export function msOf(time: string): number {
  return Date.parse(time);
}

/** Where somebody has told different people different things, if anywhere. */
export function equivocationIn(line: {
  readonly equivocated?: readonly string[] | undefined;
}): Equivocation {
  return line.equivocated === undefined ? {} : { equivocated: line.equivocated };
}

/** What others hold for whoever is blocked. */
export function heldIn(line: { readonly held?: Held | undefined }): { readonly held?: Held } {
  return line.held === undefined ? {} : { held: line.held };
}
