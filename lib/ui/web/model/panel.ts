import type { PeerId } from "../../../base/ids.ts";
import type { Conversation } from "../../talk/conversation.ts";

/** What stands in the place of the people. */
export type Panel =
  | { readonly kind: "person"; readonly id: PeerId }
  /** Keys are compared with them. */
  | { readonly kind: "verify"; readonly id: PeerId }
  /** All that there is to know and to set of this room. */
  | { readonly kind: "room"; readonly room: string }
  /** What lets others into this room. */
  | { readonly kind: "invite"; readonly room: string }
  | { readonly kind: "search"; readonly text: string }
  /** Who one is oneself. */
  | { readonly kind: "me" }
  | { readonly kind: "network" }
  /** What works in one's own network. */
  | { readonly kind: "doctor" }
  | { readonly kind: "settings" }
  /** What is being written down. */
  | { readonly kind: "export" }
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

/** What tells of a conversation; undefined where there is nobody to tell of. */
export function panelAbout({ key, who, isRoom }: Conversation): Panel | undefined {
  if (who !== undefined) return { kind: "person", id: who.id };
  return isRoom ? { kind: "room", room: key } : undefined;
}
