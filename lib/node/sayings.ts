import type { Who } from "./events.ts";
import type { SaidPlace } from "./saidplace.ts";

/** What somebody else has said: told once, across restarts too. */
export type HeardEvent = MessageEvent | EditedEvent | DeletedEvent | ReactionEvent | TopicEvent;

export interface MessageEvent extends SaidPlace {
  readonly type: "message";
  readonly id: string;
  /** `#lobby`, or `@` and the other's name for a direct conversation. */
  readonly room: string;
  readonly from: Who;
  readonly text: string;
  /** It belongs before something of the room that was shown already. */
  readonly isLate: boolean;
  /** What it is where it is no plain text. */
  readonly action?: true;
  readonly replyTo?: ReplyTo;
  /** It names the person here. */
  readonly mention?: true;
  /** It is not what was first written. */
  readonly edited?: true;
}

/** What a message answers. */
export interface ReplyTo {
  readonly id: string;
  readonly from: Who;
  /** How it begins; null where it is not held, or deleted. */
  readonly text: string | null;
}

/** Somebody has changed what they said; `id` is that message's. */
export interface EditedEvent {
  readonly type: "edited";
  readonly id: string;
  readonly room: string;
  readonly from: Who;
  readonly text: string;
  /** Of one's own message that nobody had got yet: it was never anything else. */
  readonly isReworded?: true;
}

/** Somebody has taken back what they said. */
export interface DeletedEvent {
  readonly type: "deleted";
  readonly id: string;
  readonly room: string;
  readonly from: Who;
}

/** Somebody has put an emoji to a message, or taken it off. */
export interface ReactionEvent {
  readonly type: "reaction";
  readonly id: string;
  readonly room: string;
  readonly from: Who;
  readonly emoji: string;
  readonly isOn: boolean;
}

/** Somebody has said what a room is about; empty for nothing. */
export interface TopicEvent {
  readonly type: "topic";
  readonly room: string;
  readonly from: Who;
  readonly topic: string;
}

/** A message that was on disk already. */
export interface KeptMessageEvent extends Omit<MessageEvent, "type" | "isLate"> {
  /** What became of one's own, for each who was to get it; null for somebody else's. */
  readonly states: readonly KeptStateEvent[] | null;
  /** Where there are any. */
  readonly reactions?: readonly { readonly emoji: string; readonly by: readonly Who[] }[];
  /** There are more than count. */
  readonly moreReactions?: true;
  /** Its author has told different people different things there. */
  readonly equivocated?: true;
}

export interface KeptStateEvent {
  readonly state: "queued" | "delivered" | "read" | "failed";
  readonly by: Who;
  readonly reason: string | null;
  /** Of what waits: who holds it for them, sealed, where somebody does. */
  readonly heldBy?: readonly Who[];
}
