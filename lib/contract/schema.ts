/**
 * The JSON lines that programs and p2pchat exchange, version 1: one object per line, both ways.
 * Fields and types are added here, none changed or removed. Readers ignore what they do not know.
 */
import * as v from "valibot";
import { check, grade, meeting, nat, prediction } from "./doctorshapes.ts";
import { keptLine } from "./historyshapes.ts";
import { replies } from "./replyshapes.ts";
import { placed, sayings } from "./saidshapes.ts";
import {
  address,
  equivocated,
  heldFor,
  id,
  path,
  peerId,
  pictures,
  presence,
  req,
  said,
  trust,
  unread,
  who,
  time,
} from "./shapes.ts";

/** What `ready`, once and first, says of a client. */
const clientReady = v.object({
  ...said,
  type: v.literal("ready"),
  role: v.literal("client"),
  me: who,
  server: v.nullable(v.object({ address, id: peerId, rttMs: v.number() })),
  address: v.nullable(address),
  nat: v.nullable(v.string()),
  /** Those that one is in. */
  rooms: v.array(v.object({ room: v.string(), private: v.boolean() })),
  /** Of whom nothing is taken; where there is anybody. */
  blocked: v.optional(v.array(who)),
  /** Whether one is at hand oneself, as the others are told; where that was said. */
  presence: v.optional(presence),
});

const serverReady = v.object({
  ...said,
  type: v.literal("ready"),
  role: v.literal("server"),
  address: v.string(),
  id: peerId,
  key: v.string(),
});

const peer = v.object({
  ...said,
  type: v.literal("peer"),
  number: v.nullable(v.number()),
  who,
  state: v.picklist(["connecting", "connected", "unreachable", "gone"]),
  trust,
  path: v.nullable(path),
  reason: v.nullable(v.string()),
  equivocated,
});

/** Others are known by that name, too: `name~` and the first digits of the id say who is meant. */
const namesake = v.object({ ...said, type: v.literal("namesake"), who });

/** Somebody has another name now; `was` is what they were called before. */
const renamed = v.object({ ...said, type: v.literal("renamed"), who, was: v.string() });

/** What is thought of somebody has changed, or is to be decided by the person here. */
const trusted = v.object({
  ...said,
  type: v.literal("trust"),
  who,
  trust,
  blocked: v.boolean(),
  held: heldFor,
});

/** A comparison of keys goes on. */
const verify = v.object({
  ...said,
  type: v.literal("verify"),
  who,
  state: v.picklist(["asked", "compare", "match", "differs", "broken"]),
  pictures,
});

/** Whether somebody who is connected is at hand, as they say. */
const present = v.object({ ...said, type: v.literal("presence"), who, state: presence });

const typing = v.object({
  ...said,
  type: v.literal("typing"),
  who,
  room: v.string(),
  typing: v.boolean(),
});

/** How far the history of a room is complete, where some of it had been missed. */
const sync = v.object({
  ...said,
  type: v.literal("sync"),
  room: v.string(),
  state: v.picklist(["catching-up", "complete", "incomplete"]),
  missing: v.number(),
  received: v.number(),
});

/** Somebody has told different people different things under one number of the same room. */
const equivocation = v.object({
  ...said,
  type: v.literal("equivocation"),
  room: v.string(),
  who,
});

/** One's own disk keeps nothing, or does again. */
const disk = v.object({
  ...said,
  type: v.literal("disk"),
  state: v.picklist(["refusing", "working"]),
});

const status = v.object({
  ...said,
  type: v.literal("status"),
  req,
  id,
  room: v.optional(v.string()),
  state: v.picklist(["queued", "sent", "delivered", "read", "failed"]),
  by: v.nullable(who),
  reason: v.nullable(v.string()),
  /** Of one's own that is behind what others hold since: what was told of `was` is told of it. */
  was: v.optional(id),
  /** With `queued`, where it stands in its room. */
  sentAt: v.optional(time),
  ...placed,
  /** The `req` is that of an edit which took the place of what waited. */
  reworded: v.optional(v.literal(true)),
});

/** Some of a room was read, in any face, or taken back. */
const unreadNow = v.object({ ...said, type: v.literal("unread"), ...unread });
/** A message of one's own waits sealed with somebody for whom it is meant for. */
const held = v.object({ ...said, type: v.literal("held"), req, id, room: v.string(), by: who });

/**
 * What is being written somewhere, in any face; empty where nothing is any more. Every face is told
 * of all of them in one order, whoever wrote it as well: what comes last stands.
 */
const draft = v.object({
  ...said,
  type: v.literal("draft"),
  req: v.nullish(v.string(), null),
  room: v.string(),
  text: v.string(),
  replyTo: v.nullable(id),
});

const error = v.object({
  ...said,
  type: v.literal("error"),
  req,
  code: v.picklist([
    "USAGE",
    "NO_SERVER",
    "NO_PEER",
    "AMBIGUOUS",
    "NO_PATH",
    "UNTRUSTED",
    "REFUSED",
    "QUEUED",
    "INTERNAL",
  ]),
  text: v.string(),
});

/** A line that p2pchat writes. */
export const outgoingSchema = v.variant("type", [
  v.variant("role", [clientReady, serverReady]),
  v.object({
    ...said,
    type: v.literal("server"),
    state: v.picklist(["connected", "lost"]),
    address,
    /** The server's. */
    id: v.optional(peerId),
    /** Why it is lost, where that is known. */
    reason: v.optional(v.string()),
    /** Where it answers. */
    rttMs: v.optional(v.number()),
    /** Another client of this identity is registered there, and this one no more. */
    replaced: v.optional(v.object({ by: v.nullable(address), text: v.string() })),
  }),
  nat,
  check,
  prediction,
  grade,
  meeting,
  peer,
  namesake,
  renamed,
  trusted,
  verify,
  present,
  typing,
  sayings,
  sync,
  equivocation,
  disk,
  keptLine,
  status,
  unreadNow,
  held,
  draft,
  replies,
  error,
  v.object({
    ...said,
    type: v.literal("bye"),
    /** For whom one's own messages wait, where some do, and who holds any of them. */
    waiting: v.optional(
      v.array(
        v.object({
          who,
          count: v.number(),
          /** None goes out before the person here has decided, or decides otherwise. */
          barred: v.optional(v.literal(true)),
          blocked: v.optional(v.literal(true)),
          /** How many of them others hold, where any do. */
          held: v.optional(v.number()),
          heldBy: v.optional(v.array(who)),
        }),
      ),
    ),
  }),
]);

export type Outgoing = v.InferOutput<typeof outgoingSchema>;
