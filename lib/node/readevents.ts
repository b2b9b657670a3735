import type { Req } from "./events.ts";

/** How much is unread in a room, or in what is between oneself and somebody. */
export interface RoomUnread {
  /** `#lobby`, or `@` and the other's name. */
  readonly room: string;
  /** Messages of others, at most `UNREAD_MAX`. */
  readonly unread: number;
  /** The id of the entry up to which all is read; null where nothing is known to be. */
  readonly upTo: string | null;
}

/**
 * It has changed by more than what is told as `message`: some was read, in any face, or taken back.
 * Whoever counts adds one for each `message` of somebody else's, and takes over what this says.
 */
export interface UnreadEvent extends RoomUnread {
  readonly type: "unread";
}

export type ReadReply =
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "read";
      readonly id: string;
    }
  /** The rooms one is in, and conversations of two where something is unread. */
  | {
      readonly type: "reply";
      readonly req: Req;
      readonly command: "unread";
      readonly rooms: readonly RoomUnread[];
    };
