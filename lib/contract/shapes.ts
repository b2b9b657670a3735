/** Shapes that several kinds of lines have in common. */
import * as v from "valibot";
import { isAddress } from "../base/address.ts";
import { isPeerId } from "../base/ids.ts";

export const time = v.pipe(v.string(), v.isoTimestamp());
export const id = v.pipe(v.string(), v.maxLength(128));
export const peerId = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/), v.guard(isPeerId));
export const address = v.pipe(v.string(), v.guard(isAddress));
export const who = v.object({ name: v.string(), id: peerId });
export const req = v.nullable(v.string());
/** Rooms in which somebody has told different people different things: for good. */
export const equivocated = v.optional(v.array(v.string()));
export const client = v.object({
  number: v.number(),
  name: v.string(),
  id: peerId,
  address,
  equivocated,
});

export const said = { v: v.literal(1), at: time };
export const reply = { v: v.literal(1), type: v.literal("reply"), req };

export const trust = v.picklist(["new", "known", "verified", "changed"]);

export const presence = v.picklist(["online", "away", "busy"]);

/** Of a room, or what is between two: at most 1000 are counted. */
export const unread = {
  room: v.string(),
  unread: v.number(),
  /** The message up to which all is read, in the order in which it came. */
  upTo: v.nullable(id),
};

export const pictures = v.nullable(
  v.array(v.object({ picture: v.string(), name: v.string(), number: v.number() })),
);

export const path = v.object({
  kind: v.picklist(["lan", "direct", "relay"]),
  via: v.nullable(who),
  local: v.nullable(address),
  remote: address,
  rttMs: v.number(),
});

/** Of the answer to a decision: the disk has refused it so far, and it ends with the program. */
export const decided = { kept: v.optional(v.literal(false)) };

/** Of who is blocked: messages for them that others hold already, and bring. */
export const heldFor = v.optional(v.object({ count: v.number(), by: v.array(who) }));
