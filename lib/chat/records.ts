import type { EnvelopeId, PeerId, RoomId } from "../base/ids.ts";
import type { Checkpoint } from "../wire/checkpoint.ts";
import type { EntryName } from "../wire/content.ts";
import type { Entry, HybridTime, Run } from "../wire/entry.ts";
import type { UnheldReason } from "../wire/hold.ts";
import type { Gap, Link } from "./chain.ts";

/**
 * What chat asks the disk to keep and to give back. A turn's writes are one transaction, and each
 * write can be repeated without effect.
 */
export type ChatWrite =
  /** A run of one's own, and everybody who must get it: a row of the outbox each. */
  | ({
      readonly kind: "own";
      readonly recipients: readonly PeerId[];
      /** Those of them to whom it goes out as soon as it is stored; none where not given. */
      readonly tried?: readonly PeerId[];
    } & RunWrite)
  /** All that waits for `peer` may be on its way to it from now on. */
  | { readonly kind: "tried"; readonly peer: PeerId }
  /** A run of somebody else's, not yet shown to any face. */
  | ({ readonly kind: "heard" } & RunWrite)
  /** All that is missing in a chain, instead of what was before. */
  | ({ readonly kind: "gaps" } & ChainGaps)
  /** The last word on this chain counts, and the last whose run is held. */
  | ({ readonly kind: "checkpoint" } & KeptCheckpoint)
  /** Its author has written two histories. */
  | ({ readonly kind: "fork" } & ChainName)
  | RebaseWrite
  | RewordWrite
  /** `by` has the run that begins with `seq` on disk: its row leaves the outbox. */
  | {
      readonly kind: "receipt";
      readonly room: RoomId;
      readonly seq: number;
      readonly by: PeerId;
      readonly wallMs: number;
    }
  /** `by` will never take the run that begins with `seq`: its row leaves with a reason. */
  | {
      readonly kind: "failure";
      readonly room: RoomId;
      readonly seq: number;
      readonly by: PeerId;
      readonly reason: string;
    }
  /** The person here has read all that had come to the room when this entry did, and it. */
  | ({ readonly kind: "mark"; readonly room: RoomId } & EntryName)
  /** `by` has read one's own entries up to `seq`: as far as none of them waits for it. */
  | {
      readonly kind: "read";
      readonly room: RoomId;
      readonly seq: number;
      readonly by: PeerId;
      readonly wallMs: number;
    }
  /** `holder` holds these own runs for `recipient`, until they wait for it no more. */
  | ({ readonly kind: "entrusted" } & Entrusted)
  /** It does so no more. */
  | { readonly kind: "unentrusted"; readonly id: EnvelopeId }
  /** What one has sealed for another is held. */
  | ({ readonly kind: "hold"; readonly envelope: Uint8Array } & Omit<HeldEnvelope, "receipt">)
  /** Its recipient has it: for its author, the receipt is kept in its place. */
  | { readonly kind: "passed"; readonly id: EnvelopeId; readonly receipt: Uint8Array }
  | { readonly kind: "lost"; readonly id: EnvelopeId; readonly reason: LostReason }
  /** It is held no more. */
  | { readonly kind: "unhold"; readonly id: EnvelopeId }
  /** One's own membership. A room is `#name`. */
  | ({ readonly kind: "room"; readonly joined: boolean } & RoomRecord)
  /** Somebody else's. */
  | {
      readonly kind: "member";
      readonly room: RoomId;
      readonly peer: PeerId;
      readonly joined: boolean;
    };

/** Own runs of a conversation of two, in an envelope that somebody holds for the other. */
export interface Entrusted {
  readonly id: EnvelopeId;
  readonly holder: PeerId;
  readonly recipient: PeerId;
  readonly room: RoomId;
  /** Those that wait for the recipient. */
  readonly runs: readonly { readonly seq: number; readonly entries: number }[];
  readonly wallMs: number;
}

/** An envelope that is held for somebody. */
export interface HeldEnvelope {
  readonly id: EnvelopeId;
  readonly sender: PeerId;
  readonly recipient: PeerId;
  /** Bytes of it. */
  readonly size: number;
  readonly wallMs: number;
  /** Once the recipient has it. */
  readonly receipt: Uint8Array | undefined;
  /** It can be given to nobody any more, for this reason, and its author is yet to be told. */
  readonly lost?: LostReason | undefined;
}

export type LostReason = Extract<UnheldReason, "storage" | "refused">;

/**
 * The last own runs of a chain are said once more behind `onto`, for whom they wait, by `rebase`:
 * from this seq on, or from the first that waits for somebody. `gaps` is then what is missing.
 * Where there is no such run, or it leaves out more already, nothing changes.
 */
export interface RebaseWrite extends ChainGaps {
  readonly kind: "rebase";
  readonly from: number | undefined;
  readonly onto: Link;
}

/**
 * The own entry of this seq says something else in its place, and all runs behind it in its chain
 * are bound anew: nobody has any of them, nor may one be on its way.
 */
export interface RewordWrite extends ChainName {
  readonly kind: "reword";
  readonly seq: number;
  readonly type: number;
  readonly body: Uint8Array;
}

export interface RoomRecord {
  readonly room: RoomId;
  readonly name: string;
  /** Of a private room; empty once it is left. */
  readonly proofKey?: Uint8Array | undefined;
  /** The secret of a private room, where it is of those that are made for invitations. */
  readonly invitation?: string | undefined;
}

export interface RunWrite {
  readonly run: Run;
  /** Its encoding. */
  readonly bytes: Uint8Array;
  /** Of its encoding. */
  readonly hash: Uint8Array;
}

/** What chat asks the disk for, and the answers: each query has one of its own kind. */
export type ChatQuery =
  OutboxQuery | RunsQuery | DeliveryQuery | HeldQuery | UnreadQuery | MarksQuery | ReadsQuery;
export type ChatLoaded =
  | UnreadLoaded
  | MarksLoaded
  | ReadsLoaded
  | { readonly kind: "outbox"; readonly rows: readonly OutboxRow[] }
  | { readonly kind: "runs"; readonly rows: readonly RunRow[] }
  | { readonly kind: "delivery"; readonly delivery: Delivery | undefined }
  /** Undefined where it is not there, or not as it was written. */
  | { readonly kind: "held"; readonly envelope: Uint8Array | undefined };

/**
 * Own runs that wait for `peer` and may be on their way to it, in the order of their making, with
 * positions above `after`; 0 is below the first. Fewer rows than `limit` say that there are no
 * more.
 */
export interface OutboxQuery {
  readonly kind: "outbox";
  readonly peer: PeerId;
  /** Of any where not given. */
  readonly room?: RoomId;
  readonly after: number;
  readonly limit: number;
}

/** An envelope that is held. */
export interface HeldQuery {
  readonly kind: "held";
  readonly id: EnvelopeId;
}

export interface OutboxRow extends OwnRow {
  /** Ascending in the order of making; opaque otherwise. */
  readonly position: number;
}

export interface OwnRow {
  readonly run: Run;
  /** Its encoding. */
  readonly bytes: Uint8Array;
}

/** The own run that the entry of this seq is in, and for whom it waits. */
export interface DeliveryQuery {
  readonly kind: "delivery";
  readonly room: RoomId;
  readonly seq: number;
}

export interface Delivery extends OwnRow {
  /** Own runs with entries that change what this one says. */
  readonly changes: readonly OwnRow[];
  readonly waiting: readonly {
    readonly peer: PeerId;
    /** It may be on its way. */
    readonly isTried: boolean;
  }[];
}

/**
 * Runs of a chain with seqs from `from` up to `to`, the last one first: no more than `limit`, and
 * none after those that have `bytesMax` bytes together.
 */
export interface RunsQuery extends ChainName {
  readonly kind: "runs";
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  readonly bytesMax: number;
}

export interface RunRow {
  /** The first entry's, and how many there are. */
  readonly seq: number;
  readonly entries: number;
  /** Its encoding, and the hash of that. */
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

/** Messages of others in one room that the person here has not read. */
export interface Unread {
  readonly room: RoomId;
  /** At most `UNREAD_MAX`. */
  readonly count: number;
  /** The entry up to which all is read; undefined where nothing is known to be. */
  readonly upTo: EntryName | undefined;
}

/** How much is unread in one room, or in each where something is. */
export interface UnreadQuery {
  readonly kind: "unread";
  readonly room: RoomId | undefined;
}

export interface UnreadLoaded {
  readonly kind: "unread";
  readonly rooms: readonly Unread[];
}

/** How far the person here has read these chains. */
export interface MarksQuery {
  readonly kind: "marks";
  readonly chains: readonly ChainName[];
}

export interface MarksLoaded {
  readonly kind: "marks";
  /** In the order of the chains. */
  readonly marks: readonly ChainMark[];
}

export interface ChainMark extends ChainName {
  /** All up to here that is held is read; 0 where nothing is known to be. */
  readonly seq: number;
  /** Nothing that is held is unread. */
  readonly isAll: boolean;
}

/** How far `by` has read what one has said in a room. */
export interface ReadsQuery {
  readonly kind: "reads";
  readonly room: RoomId;
  readonly by: PeerId;
  /** Messages above this seq are wanted; none where not given. */
  readonly after: number | undefined;
}

export interface ReadsLoaded {
  readonly kind: "reads";
  /** 0 where nothing is known. */
  readonly upTo: number;
  /** The last of the messages up to there that it has receipted, at most `READS_TOLD_MAX`. */
  readonly seqs: readonly number[];
}

export interface ChainName {
  readonly room: RoomId;
  readonly author: PeerId;
}

export interface KeptCheckpoint extends Checkpoint {
  /** The run that it names is on disk. */
  readonly isHeld: boolean;
}

export interface ChainGaps extends ChainName {
  readonly gaps: readonly Gap[];
}

/** What chat knew when the program last ended. */
export interface RestoredChat extends RestoredLog {
  readonly rooms: readonly RoomRecord[];
  /** Private rooms that were left. */
  readonly left: readonly RoomId[];
  readonly members: readonly { readonly room: RoomId; readonly peer: PeerId }[];
  /** For whom entries wait, and how many. */
  readonly waiting: readonly {
    readonly peer: PeerId;
    readonly count: number;
  }[];
  readonly entrusted: readonly Entrusted[];
  /** In the order of their coming. */
  readonly held: readonly HeldEnvelope[];
  /** Heard entries that no face has shown, in the order of their arrival. */
  readonly unshown: readonly Entry[];
  /** Of each room that has some, the latest of what was shown of it, or made by oneself. */
  readonly shown: readonly ShownPlace[];
}

/** An entry's place in its room. */
export type ShownPlace = Pick<Entry, "room" | "author" | "seq" | "time">;

/** As much of every chain as says what is held of it: it takes no reading of the entries. */
export interface RestoredLog {
  /** The last entry held of each (room, author), oneself included. */
  readonly heads: readonly ChainHead[];
  readonly gaps: readonly ChainGaps[];
  /** At most two of each chain: the highest, and the highest whose run is held. */
  readonly checkpoints: readonly KeptCheckpoint[];
  readonly forks: readonly ChainName[];
  /** Of chains of which something was dropped. */
  readonly floors: readonly ChainFloor[];
}

/** Of a chain all up to this seq was dropped, but for what had to stay. */
export interface ChainFloor extends ChainName {
  readonly seq: number;
}

export interface ChainHead extends ChainName {
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly time: HybridTime;
}

export const NOTHING_RESTORED: RestoredChat = {
  rooms: [],
  left: [],
  members: [],
  heads: [],
  gaps: [],
  checkpoints: [],
  forks: [],
  floors: [],
  waiting: [],
  entrusted: [],
  held: [],
  unshown: [],
  shown: [],
};
