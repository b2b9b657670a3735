import type { Req } from "./events.ts";
import type { KeptMessageEvent } from "./sayings.ts";

/** What was found, the latest first. */
export interface SearchEvent {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "search";
  readonly text: string;
  readonly messages: readonly KeptMessageEvent[];
  readonly hasMore: boolean;
  /** Messages that could not be looked at yet. */
  readonly unsearched: number;
  readonly damaged: number;
}

/** A page of what was said, in the order of the room. */
export interface HistoryEvent {
  readonly type: "reply";
  readonly req: Req;
  readonly command: "history";
  readonly room: string;
  readonly messages: readonly KeptMessageEvent[];
  /** Whether there is more before the first, or after the last. */
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  /** Messages that the disk does not give back as they were written: they are left out. */
  readonly damaged: number;
}
