import type { EnvelopeId, PeerId, RoomId } from "../base/ids.ts";
import type { RefusalReason } from "../wire/chat.ts";
import type { Content } from "../wire/content.ts";
import type { Entry, Run } from "../wire/entry.ts";
import type { Renumbering } from "./messageid.ts";
import type { Place } from "./order.ts";
import type { ChatQuery, ChatWrite, Unread } from "./records.ts";
import type { CancelFault } from "./withdrawals.ts";

/** What chat says and asks: to be carried out in order. */
export type ChatOutput =
  | {
      readonly kind: "send";
      readonly peer: PeerId;
      readonly channel: number;
      readonly message: Uint8Array;
    }
  /** To go with the answer that this peer was just given, or not at all: it is sent again. */
  | { readonly kind: "word"; readonly peer: PeerId; readonly message: Uint8Array }
  | { readonly kind: "load"; readonly token: number; readonly query: ChatQuery }
  | { readonly kind: "event"; readonly event: ChatEvent };

/** What of it is to be kept: all in one transaction, or nothing. */
export interface ChatStore {
  readonly kind: "store";
  readonly token: number;
  readonly writes: readonly ChatWrite[];
}

export type ChatEvent =
  | EntriesHeard
  | EntriesSaid
  | WordsGiven
  | StatusChange
  | MovedChange
  | SyncChange
  /** Own messages of a conversation of two are held for the other, until both meet. */
  | {
      readonly kind: "entrusted";
      readonly room: RoomId;
      readonly to: PeerId;
      readonly messages: readonly OwnMessage[];
      readonly by: PeerId;
    }
  /** The answer to `cancel`: a message was taken back, or was not. */
  | {
      readonly kind: "withdrawn";
      readonly id: string;
      readonly req: string | null;
      readonly fault: CancelFault | undefined;
    }
  | UnreadChange
  /** That something was read did not reach the disk. */
  | { readonly kind: "unmarked"; readonly id: string; readonly req: string | null }
  /** That peer tells of what this author has said, and we do not have: who is it? */
  | { readonly kind: "author"; readonly author: PeerId; readonly by: PeerId }
  /** Somebody has written two histories, which no honest program does. Told once. */
  | { readonly kind: "equivocation"; readonly room: RoomId; readonly author: PeerId }
  /** It is known which rooms an open peer is in: what is said there from now on is meant for it. */
  | { readonly kind: "met"; readonly peer: PeerId }
  /** Somebody came to a room of ours or left it. */
  | {
      readonly kind: "member";
      readonly room: RoomId;
      readonly peer: PeerId;
      readonly joined: boolean;
    }
  | {
      readonly kind: "punched";
      readonly peer: PeerId;
      readonly token: number;
      readonly rttMs: number;
    }
  /** The peer closed, or had too many questions open, before it answered. */
  | { readonly kind: "unpunched"; readonly peer: PeerId; readonly token: number }
  | ChatFact;

/** What somebody else says, on disk here, one author's at a time; once, across restarts too. */
export interface EntriesHeard {
  readonly kind: "heard";
  readonly room: RoomId;
  readonly author: PeerId;
  /** Later ones of this author may be on disk already, which change what these say. */
  readonly isFilled: boolean;
  readonly entries: readonly HeardEntry[];
}

/** What one says oneself, on disk here; that it is `queued` comes next. */
export interface EntriesSaid {
  readonly kind: "said";
  /** The other party of a direct conversation. */
  readonly to: PeerId | undefined;
  readonly run: Run;
  /** Of each of its entries. */
  readonly messages: readonly OwnMessage[];
}

/** A message of one's own has got other words before it went out, on disk here. */
export interface WordsGiven extends Pick<OwnMessage, "id" | "req"> {
  readonly kind: "reworded";
  readonly room: RoomId;
  /** For whom it waits. */
  readonly to: PeerId;
  readonly text: string;
}

export interface HeardEntry {
  /** Of this entry, whatever it is. */
  readonly id: string;
  readonly entry: Entry;
  readonly content: Content;
  /** It belongs before something of its room that was told, or said, already. */
  readonly isLate: boolean;
}

/**
 * What is unread: the answer to `ask`, for every room where something is, or to `mark` for its one;
 * or in one room something was taken back.
 */
export type UnreadChange = {
  readonly kind: "unread";
  readonly rooms: readonly Unread[];
} & (
  | { readonly cause: "asked"; readonly req: string | null }
  | { readonly cause: "marked"; readonly id: string; readonly req: string | null }
  | { readonly cause: "changed" }
);

/** How far the filling of a room's gaps has come. Short ones are filled without a word. */
export interface SyncChange {
  readonly kind: "sync";
  readonly room: RoomId;
  /** `incomplete`: nobody who is here has what is missing. */
  readonly state: "catching-up" | "complete" | "incomplete";
  /** Entries that are known to be, and are not held. */
  readonly missing: number;
  /** Entries that have come since it began. */
  readonly received: number;
}

/**
 * What became of a run of one's own, or of some of it: `queued` and `sent` come once, the rest per
 * recipient.
 */
export interface StatusChange {
  readonly kind: "status";
  readonly messages: readonly OwnMessage[];
  /** Of all their texts in UTF-8; null where that is forgotten. */
  readonly bytes: number | null;
  readonly room: RoomId;
  /** The other party of a direct conversation. */
  readonly to: PeerId | undefined;
  readonly state: "queued" | "sent" | "delivered" | "read" | "failed";
  readonly by: PeerId | null;
  readonly reason: string | null;
}

/** One's own entries of a room, from one on, are behind what others hold: they have other ids. */
export interface MovedChange extends Renumbering {
  readonly kind: "moved";
  readonly room: RoomId;
  /** The other party of a direct conversation. */
  readonly to: PeerId | undefined;
  /**
   * The last first: an id that one of them gets was another's till then. Whatever was told of one
   * by its former id is told of the same message by the other.
   */
  readonly messages: readonly MovedMessage[];
}

export interface MovedMessage extends Pick<OwnMessage, "id" | "req"> {
  /** The id that it had before. */
  readonly was: string;
}

/** A message of one's own. */
export interface OwnMessage {
  readonly id: string;
  /** The mark given to `send` since the program began, else null. */
  readonly req: string | null;
  /** The mark is that of who gave it other words before it went out: the rest is told as well. */
  readonly isReworded?: true;
  /** With `queued`: where it stands in its room, which its author's id completes. */
  readonly place?: Omit<Place, "author">;
}

/** For the log. */
export type ChatFact =
  /** An entry of theirs was not taken. */
  | {
      readonly kind: "refused";
      readonly peer: PeerId;
      readonly room: RoomId;
      readonly seq: number;
      readonly reason: RefusalReason;
      readonly fault: EntryFault;
    }
  /** What they pass on is not what it was asked to be. */
  | { readonly kind: "untrue"; readonly peer: PeerId; readonly room: RoomId }
  /** Their disk refuses what we send: it is kept and tried again at `retryAtMs`. */
  | { readonly kind: "held"; readonly peer: PeerId; readonly retryAtMs: number }
  /** What became of an envelope that came from this peer, or goes to it. */
  | {
      readonly kind: "envelope";
      readonly what: EnvelopeFact;
      readonly peer: PeerId;
      readonly id: EnvelopeId;
    }
  /** Our disk refused a turn's writes. */
  | { readonly kind: "unstored"; readonly writes: number }
  /** A room has as many members as are kept; this one is not. */
  | { readonly kind: "members-full"; readonly peer: PeerId; readonly room: RoomId };

/**
 * `held`: for somebody else. `passed`: it had it for us, or it was for it. `expired`: nobody came
 * for it. `false`: it is not what it should be. `unsigned`: the receipt is not its recipient's.
 */
export type EnvelopeFact = "held" | "passed" | "expired" | "false" | "unsigned";

export type EntryFault =
  /** Written by somebody other than the one who sent it. */
  | "author"
  /** Of a room we are not in. */
  | "room"
  /** Not what the author's chain has, or had, in that place. */
  | "equivocation"
  /** Its time is not after those before it in its chain. */
  | "time"
  /** It cannot be read, or names one of its own chain that is not before it. */
  | "content"
  /** Our disk refused it, or one that comes before it. */
  | "disk"
  /** Too much waits for the disk, or too many authors are known. */
  | "limit";
