import type { PeerId, RoomId } from "../base/ids.ts";
import type { Place } from "./order.ts";
import type { Reaction } from "./quotes.ts";
import type { Keep } from "./retention.ts";

/** Messages of one page: two screens and more, as one line of JSON some hundred kB at the most. */
export const PAGE_MESSAGES_MAX = 500;

/** Bytes of the texts of one page: it ends where the next would be above, unless it is empty. */
export const PAGE_BYTES_MAX = 1_048_576;

/**
 * Which room is meant, and how much of it is kept: one by its id, or what is kept of the rooms of
 * a name. Those that were left, private ones among them, may be of one name with one that is open.
 */
export type PlaceQuery = { readonly kind: "place" } & (
  | { readonly step: "room"; readonly room: RoomId }
  | {
      readonly step: "called";
      /** `#` and the name, and how the room's id begins where that is said. */
      readonly name: string;
      readonly prefix: string;
      /** The one of this name that one is in. */
      readonly joined: RoomId | undefined;
      /** A message that was said there. */
      readonly message: string | undefined;
    }
);

export type PlaceLoaded = { readonly kind: "place" } & (
  | {
      readonly step: "found";
      readonly room: RoomId;
      /** As people are to call it; undefined for a conversation. */
      readonly label: string | undefined;
      readonly keep: Keep;
    }
  | { readonly step: "unknown" }
  /** Several of this name: what to call them. */
  | { readonly step: "ambiguous"; readonly labels: readonly string[] }
  /** The disk cannot be read; why, in words. */
  | { readonly step: "failed"; readonly reason: string }
);

/** What is asked of what was said in a room: never more than a page of it. */
export interface HistoryQuery {
  readonly kind: "history";
  readonly room: RoomId;
  readonly from: PageStart;
  /** Messages, at most `PAGE_MESSAGES_MAX`. */
  readonly limit: number;
}

/** Where a page lies: at the beginning or the end of the room, or by a message of it. */
export type PageStart =
  | { readonly step: "beginning" | "end" }
  | { readonly step: "before" | "after" | "around"; readonly id: string };

export type HistoryLoaded = { readonly kind: "history" } & (
  | ({ readonly step: "page" } & Page)
  /** There is no message of this id in the room. */
  | { readonly step: "unknown" }
  /** The disk cannot be read; why, in words. */
  | { readonly step: "failed"; readonly reason: string }
);

export interface Page {
  /** In the order of the room. */
  readonly messages: readonly KeptMessage[];
  /** Whether there are others before the first, or after the last. */
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  /** Messages that are not what was written, as the disk gives them: they are left out. */
  readonly damaged: number;
}

/** Longest text to search for, in UTF-16 units. */
export const SEARCH_CHARS_MAX = 512;

/** Messages that have all of these words, in one room or in all. */
export interface SearchQuery {
  readonly kind: "search";
  readonly text: string;
  readonly room: RoomId | undefined;
  /** Messages, at most `PAGE_MESSAGES_MAX`. */
  readonly limit: number;
}

export type SearchLoaded = { readonly kind: "search" } & (
  | ({ readonly step: "page" } & Finds)
  /** There is no word in what was typed. */
  | { readonly step: "empty" }
  /** The disk cannot be read; why, in words. */
  | { readonly step: "failed"; readonly reason: string }
);

export interface Finds {
  /** What was said last comes first. */
  readonly messages: readonly KeptMessage[];
  readonly hasMore: boolean;
  /** Messages that were not looked at: too many are not indexed yet. */
  readonly unsearched: number;
  readonly damaged: number;
}

/** Own messages that somebody has not answered yet, those made first at the front. */
export interface WaitingQuery {
  readonly kind: "waiting";
  /** Messages, at most `PAGE_MESSAGES_MAX`. */
  readonly limit: number;
}

export type WaitingLoaded = { readonly kind: "waiting" } & (
  | ({ readonly step: "page" } & Waiting)
  /** The disk cannot be read; why, in words. */
  | { readonly step: "failed"; readonly reason: string }
);

export interface Waiting {
  readonly messages: readonly KeptMessage[];
  /** How many wait besides. */
  readonly more: number;
}

/** How many own messages wait for each who has not answered them. */
export interface CountsQuery {
  readonly kind: "counts";
}

export type CountsLoaded = { readonly kind: "counts" } & (
  | { readonly step: "counted"; readonly counts: readonly WaitingCount[] }
  /** The disk cannot be read; why, in words. */
  | { readonly step: "failed"; readonly reason: string }
);

export interface WaitingCount {
  readonly peer: PeerId;
  /** Messages, as of what is asked with `waiting`: an edit of one is none. */
  readonly count: number;
  /** How many of them others hold, and who. */
  readonly held: number;
  readonly holders: readonly PeerId[];
}

/** A message on disk. */
export interface KeptMessage extends Place {
  readonly id: string;
  readonly where: Where;
  readonly text: string;
  /** What the author does, not says. */
  readonly isAction: boolean;
  /** What it answers. */
  readonly replyTo: KeptReply | undefined;
  /** Its text is not what was first written. */
  readonly isEdited: boolean;
  readonly reactions: readonly Reaction[];
  /** There are others, which do not count. */
  readonly hasMoreReactions?: boolean;
  /** Its author has told different people different things there. */
  readonly isForked?: boolean;
  /** What became of one's own, for each who was to get it; undefined for somebody else's. */
  readonly states: readonly KeptState[] | undefined;
}

export interface KeptReply {
  readonly id: string;
  readonly author: PeerId;
  /** Whole; undefined where it is not held, or deleted. */
  readonly text: string | undefined;
}

/**
 * Where it was said: in a room, or between oneself and somebody. Of several rooms of one name, the
 * id is a part of what those are called that one is not in.
 */
export type Where =
  | { readonly kind: "room"; readonly name: string }
  | { readonly kind: "direct"; readonly peer: PeerId };

export interface KeptState {
  /** `queued`: it waits on disk. */
  readonly state: "queued" | "delivered" | "read" | "failed";
  readonly by: PeerId;
  readonly reason: string | null;
  /** Of what waits: who holds it for them, sealed, where somebody does. */
  readonly heldBy?: readonly PeerId[];
}
