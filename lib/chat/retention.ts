import type { RoomId } from "../base/ids.ts";

/** How much of a room is kept on this disk. */
export type Keep =
  | { readonly kind: "all" }
  /** What was said in the last so many ms. */
  | { readonly kind: "age"; readonly ms: number }
  /** The last so many messages, and a few more where they were made together. */
  | { readonly kind: "count"; readonly messages: number };

export interface RetentionWrite {
  readonly kind: "retention";
  readonly room: RoomId;
  readonly keep: Keep;
}
