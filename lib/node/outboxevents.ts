import type { Req, Who } from "./events.ts";

export type OutboxReply = OutboxEvent | CancelEvent;

/** One's own messages that somebody has not got yet; what has waited for longest comes first. */
export interface OutboxEvent {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "outbox";
  readonly messages: readonly WaitingMessageEvent[];
  /** How many wait besides. */
  readonly more: number;
}

export interface WaitingMessageEvent {
  readonly id: string;
  readonly room: string;
  readonly text: string;
  readonly sentAtMs: number;
  readonly to: readonly Who[];
  /** Who holds it for them, sealed. */
  readonly heldBy: readonly Who[];
}

/** How many messages wait for somebody. */
export interface WaitingFor {
  readonly who: Who;
  readonly count: number;
  /** They do not go out before the person here has decided, or decides otherwise. */
  readonly isBarred: boolean;
  readonly isBlocked: boolean;
  /** How many of them others hold, and who. */
  readonly held: number;
  readonly heldBy: readonly Who[];
}

/** An own message was taken back: who it was for will not get it. */
interface CancelEvent {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "cancel";
  readonly id: string;
}
