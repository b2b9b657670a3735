/** What was said before. */
import * as v from "valibot";
import { saying } from "./saidshapes.ts";
import { decided, id, reply, said, time, who } from "./shapes.ts";

const keptState = v.object({
  state: v.picklist(["queued", "delivered", "read", "failed"]),
  by: who,
  reason: v.nullable(v.string()),
  /** Of what is queued: who holds it for them, sealed, where somebody does. */
  heldBy: v.optional(v.array(who)),
});

const reaction = v.object({ emoji: v.string(), by: v.array(who) });

/** A message that was on disk; `states` is null for somebody else's. */
const kept = v.object({
  ...saying,
  states: v.nullable(v.array(keptState)),
  reactions: v.optional(v.array(reaction)),
  /** There are more than count. */
  moreReactions: v.optional(v.literal(true)),
  /** Its author has told different people different things there. */
  equivocated: v.optional(v.literal(true)),
});

/** A line of `p2pchat history` and `p2pchat export`. */
export const keptLine = v.object({ ...said, type: v.literal("history"), ...kept.entries });

const waiting = v.object({
  id,
  room: v.string(),
  text: v.string(),
  sentAt: time,
  to: v.array(who),
  heldBy: v.optional(v.array(who)),
});

/** Own messages that somebody has not got yet: what has waited for longest comes first. */
export const outbox = v.object({
  ...reply,
  command: v.literal("outbox"),
  messages: v.array(waiting),
  more: v.number(),
});

/** The latest first: `history` around an id shows what was said before and after. */
export const search = v.object({
  ...reply,
  command: v.literal("search"),
  text: v.string(),
  messages: v.array(kept),
  hasMore: v.boolean(),
  unsearched: v.number(),
  damaged: v.number(),
});

export const retain = v.object({
  ...reply,
  command: v.literal("retain"),
  room: v.string(),
  keep: v.string(),
  ...decided,
});

export const history = v.object({
  ...reply,
  command: v.literal("history"),
  room: v.string(),
  messages: v.array(kept),
  hasBefore: v.boolean(),
  hasAfter: v.boolean(),
  damaged: v.number(),
});
