import type { Who } from "./events.ts";

/** How far the history of a room is complete, where some of it had been missed. */
export interface SyncEvent {
  readonly type: "sync";
  readonly room: string;
  /** `incomplete`: nobody who is here has the rest. */
  readonly state: "catching-up" | "complete" | "incomplete";
  /** Entries that are known to be, and have not come. */
  readonly missing: number;
  /** Entries that have come since it began. */
  readonly received: number;
}

/** Somebody has told different people different things under one number of the same room. */
export interface EquivocationEvent {
  readonly type: "equivocation";
  readonly room: string;
  readonly who: Who;
}
