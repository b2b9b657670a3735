import type { PeerId } from "../../../base/ids.ts";

/** What stands in the place of the people. */
export type Panel =
  | { readonly kind: "person"; readonly id: PeerId }
  /** Keys are compared with them. */
  | { readonly kind: "verify"; readonly id: PeerId }
  /** What lets others into this room. */
  | { readonly kind: "invite"; readonly room: string }
  | { readonly kind: "search"; readonly text: string }
  | { readonly kind: "network" }
  | { readonly kind: "settings" }
  /** The way into another room. */
  | { readonly kind: "join" }
  /** What a command that was typed has to say. */
  | ({ readonly kind: "lines" } & Lines);

/** A text of several lines under a title. */
export interface Lines {
  readonly title: string;
  readonly lines: readonly string[];
  /** What the reader may want to have elsewhere: a link, a number. */
  readonly copied?: string | undefined;
}
