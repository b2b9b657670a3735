/** What others have said, and what they say of it later. */
import * as v from "valibot";
import { id, said, time, who } from "./shapes.ts";

/** What a message answers; `text` is how that begins, null where it is not held, or deleted. */
const replyTo = v.object({ id, from: who, text: v.nullable(v.string()) });

/** A place in the order of a room: by when it was said and tick, then by author's id and seq. */
export const placed = {
  tick: v.optional(v.number()),
  seq: v.optional(v.number()),
  /** When it was said by its author's clock, ms since 1970, where `sentAt` is cut to `at`. */
  clockMs: v.optional(v.number()),
};

/** A message, now or some time ago; what is optional is there where it is so. */
export const saying = {
  id,
  room: v.string(),
  from: who,
  text: v.string(),
  sentAt: time,
  ...placed,
  kind: v.optional(v.literal("action")),
  replyTo: v.optional(replyTo),
  /** It names the person here. */
  mention: v.optional(v.literal(true)),
  /** It is not what was first written. */
  edited: v.optional(v.literal(true)),
};

/** What is said of a message: `id` is that one's. */
const about = { ...said, id, room: v.string(), from: who };

const message = v.object({
  ...said,
  type: v.literal("message"),
  ...saying,
  /** It belongs before something of its room that was told already. */
  late: v.optional(v.boolean()),
});

export const sayings = v.variant("type", [
  message,
  v.object({
    ...about,
    type: v.literal("edited"),
    text: v.string(),
    /** Of one's own message that nobody had got yet: it was never anything else. */
    reworded: v.optional(v.literal(true)),
  }),
  v.object({ ...about, type: v.literal("deleted") }),
  v.object({ ...about, type: v.literal("reaction"), emoji: v.string(), on: v.boolean() }),
  v.object({
    ...said,
    type: v.literal("topic"),
    room: v.string(),
    from: who,
    topic: v.string(),
  }),
]);
