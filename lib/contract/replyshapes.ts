/** Answers to commands. */
import * as v from "valibot";
import { finding } from "./doctorshapes.ts";
import { history, outbox, retain, search } from "./historyshapes.ts";
import {
  address,
  client,
  decided,
  equivocated,
  heldFor,
  id,
  path,
  peerId,
  pictures,
  presence,
  reply,
  time,
  trust,
  unread,
  who,
} from "./shapes.ts";

const member = v.object({
  name: v.string(),
  id: peerId,
  state: v.picklist(["me", "connecting", "connected", "unreachable", "gone"]),
  presence: v.nullable(presence),
  lastSeenAt: v.nullable(time),
  trust: v.nullable(trust),
  blocked: v.boolean(),
  equivocated,
});

const count = v.nullable(v.number());
const side = v.object({
  nat: v.nullable(v.string()),
  text: v.nullable(v.string()),
  calls: count,
  punches: count,
  callsSeen: count,
  punchesSeen: count,
});

const why = v.object({
  ...reply,
  command: v.literal("why"),
  who,
  state: v.picklist(["known", "connecting", "connected", "unreachable", "gone"]),
  path: v.nullable(path),
  text: v.string(),
  next: v.nullable(v.string()),
  expected: v.nullable(v.string()),
  you: side,
  they: side,
  mapped: v.array(address),
  tried: v.array(v.object({ at: time, text: v.string(), times: v.number() })),
});

/** Who somebody is; `rooms` are those that both are in. */
const whois = v.object({
  ...reply,
  command: v.literal("whois"),
  who: member,
  path: v.nullable(path),
  rooms: v.array(v.string()),
});

/** Somebody is looked for again, or is there already. */
const retry = v.object({
  ...reply,
  command: v.literal("retry"),
  who,
  connected: v.boolean(),
});

const verify = v.object({
  ...reply,
  command: v.literal("verify"),
  who,
  trust,
  number: v.string(),
  code: v.string(),
  pictures,
  ...decided,
});

const judged = v.object({
  ...reply,
  command: v.picklist(["trust", "block", "unblock"]),
  who,
  trust,
  blocked: v.boolean(),
  held: heldFor,
  ...decided,
});

/** What lets others into a room; `server`: who introduces its members, null on a LAN alone. */
const invitation = v.object({
  ...reply,
  command: v.picklist(["invite", "new"]),
  room: v.string(),
  private: v.boolean(),
  server: v.nullable(v.string()),
  link: v.string(),
  ...decided,
});

/** A room that one is in; of its members oneself is not counted. */
const room = v.object({
  room: v.string(),
  private: v.boolean(),
  topic: v.nullable(v.string()),
  members: v.number(),
  connected: v.number(),
});

/**
 * Which process runs the node, with what, and who looks at it, since when; `server`: the one that
 * it was told of, as `--server` takes it.
 */
const node = v.object({
  ...reply,
  command: v.literal("node"),
  pid: v.number(),
  profile: v.string(),
  dataDirectory: v.string(),
  server: v.nullable(v.string()),
  portmap: v.boolean(),
  me: who,
  version: v.string(),
  since: time,
  faces: v.array(v.object({ kind: v.string(), since: time })),
});

/** What works in the node's network; `servers`: by whose eyes it was looked at. */
const doctor = v.object({
  ...reply,
  command: v.literal("doctor"),
  servers: v.array(v.string()),
  checks: v.array(finding),
  people: v.array(v.object({ who, text: v.string() })),
});

export const replies = v.variant("command", [
  v.object({ ...reply, command: v.literal("list"), clients: v.array(client) }),
  v.object({ ...reply, command: v.literal("peer"), client }),
  v.object({
    ...reply,
    command: v.literal("punch"),
    text: v.literal("punched"),
    who,
    rttMs: v.number(),
  }),
  v.object({ ...reply, command: v.literal("register"), registered: v.boolean() }),
  v.object({
    ...reply,
    command: v.picklist(["join", "leave"]),
    room: v.string(),
    private: v.boolean(),
    /** Of a join: rooms that one is in as well, and may take for this one by their names. */
    alike: v.optional(v.array(v.string())),
    ...decided,
  }),
  invitation,
  v.object({ ...reply, command: v.literal("rooms"), rooms: v.array(room) }),
  v.object({ ...reply, command: v.literal("who"), room: v.string(), members: v.array(member) }),
  why,
  whois,
  retry,
  verify,
  judged,
  history,
  v.object({
    ...reply,
    command: v.literal("topic"),
    room: v.string(),
    topic: v.nullable(v.string()),
    from: v.nullable(who),
  }),
  v.object({ ...reply, command: v.literal("presence"), state: presence }),
  search,
  retain,
  outbox,
  v.object({ ...reply, command: v.picklist(["cancel", "read"]), id }),
  v.object({ ...reply, command: v.literal("unread"), rooms: v.array(v.object(unread)) }),
  node,
  v.object({ ...reply, command: v.literal("web"), url: v.string() }),
  doctor,
]);
