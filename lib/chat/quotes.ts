import type { PeerId, RoomId } from "../base/ids.ts";
import type { Content, EntryName } from "../wire/content.ts";
import type { Place } from "./order.ts";

/** What these entries of a room are by now: all that amends them is counted. */
export interface QuotesQuery {
  readonly kind: "quotes";
  readonly room: RoomId;
  readonly names: readonly EntryName[];
  /** Of one that nothing amends there is no quote: for who has them already. */
  readonly isAmendedOnly: boolean;
}

export interface QuotesLoaded {
  readonly kind: "quotes";
  /** In the order of the names. */
  readonly quotes: readonly (Quote | undefined)[];
}

/** What is to be read where a message was said. */
export type Quote =
  | {
      readonly step: "said";
      readonly text: string;
      /** The edit that the text is of. */
      readonly editSeq: number | undefined;
      readonly reactions: readonly Reaction[];
      /** There are others, which do not count. */
      readonly hasMoreReactions?: true;
    }
  | { readonly step: "deleted" }
  /** One's own, which was taken back before it went out: nobody else has it. */
  | { readonly step: "cancelled" }
  /** It is held, and no message: it changes one, or says what a room is about. */
  | { readonly step: "other" }
  /** It is not held, or cannot be read. */
  | { readonly step: "unknown" };

/** An emoji that people have put to a message. */
export interface Reaction {
  readonly emoji: string;
  readonly by: readonly PeerId[];
}

/** What rooms are about: nobody says it for a time beyond this one. */
export interface TopicsQuery {
  readonly kind: "topics";
  readonly rooms: readonly RoomId[];
  readonly upToMs: number;
}

export interface TopicsLoaded {
  readonly kind: "topics";
  /** In the order of the rooms. */
  readonly topics: readonly (Topic | undefined)[];
}

export interface Topic extends Place {
  readonly text: string;
}

/** An entry that may change what another says. */
export interface Amendment extends EntryName {
  readonly content: Content;
}

/**
 * Reactions of one message that count, taken back or not: the last of everybody before the last but
 * one of anybody. Of those who have put equally many, the highest ids do not count.
 */
export const REACTIONS_MAX = 256;

/** The same of one author: the last of them. */
export const REACTIONS_PER_AUTHOR_MAX = 8;

/** The message of this author with all that was said of it, in any order. PROTOCOL.md §8 */
export function quoteOf(
  author: PeerId,
  content: Content | undefined,
  amendments: readonly Amendment[],
): Quote {
  if (content === undefined) return { step: "unknown" };
  if (!isMessage(content)) return { step: "other" };
  let edit: { readonly seq: number; readonly text: string } | undefined;
  const reactions = new Map<string, { seq: number; isOn: boolean; emoji: string; by: PeerId }>();
  for (const { author: by, seq, content: amendment } of amendments) {
    if (amendment.kind === "delete" && by === author) return { step: "deleted" };
    if (amendment.kind === "edit" && by === author && seq > (edit?.seq ?? 0)) {
      edit = { seq, text: amendment.text };
    }
    if (amendment.kind !== "reaction") continue;
    const { emoji, isOn } = amendment;
    const known = reactions.get(by + emoji);
    if (seq > (known?.seq ?? 0)) reactions.set(by + emoji, { seq, isOn, emoji, by });
  }
  const byEmoji = new Map<string, PeerId[]>();
  for (const { emoji, isOn, by } of reactions.values()) {
    if (isOn) byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), by]);
  }
  return {
    step: "said",
    text: edit?.text ?? content.text,
    editSeq: edit?.seq,
    reactions: [...byEmoji].map(([emoji, by]) => ({ emoji, by })),
  };
}

export type MessageContent = Extract<Content, { kind: "text" | "reply" | "action" }>;

export function isMessage(content: Content): content is MessageContent {
  return content.kind === "text" || content.kind === "reply" || content.kind === "action";
}

/** The message that an entry of this author edits, deletes or reacts to. */
export function amendedBy(content: Content, author: PeerId): EntryName | undefined {
  switch (content.kind) {
    case "edit":
    case "delete":
      return { author, seq: content.seq };
    case "reaction":
      return content.to;
    case "text":
    case "reply":
    case "action":
    case "topic":
      return undefined;
    default:
      return content satisfies never;
  }
}
