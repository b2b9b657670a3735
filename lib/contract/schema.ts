/**
 * The JSON lines that programs and p2pchat exchange, version 1: one object per line, both ways.
 * Fields and types are added here, none changed or removed. Readers ignore what they do not know.
 */
import * as v from "valibot";
import { encodeUtf8, parseRoomName } from "../base/text.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";
import { normalPerson, normalTarget } from "./target.ts";

export const REQ_CHARS_MAX = 128;

const time = v.pipe(v.string(), v.isoTimestamp());
const id = v.pipe(v.string(), v.maxLength(128));
const peerId = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const who = v.object({ name: v.string(), id: peerId });
const req = v.nullable(v.string());
const client = v.object({ number: v.number(), name: v.string(), id: peerId, address: v.string() });

const said = { v: v.literal(1), at: time };
const reply = { v: v.literal(1), type: v.literal("reply"), req };

const path = v.object({
  kind: v.picklist(["lan", "direct", "relay"]),
  via: v.nullable(who),
  local: v.nullable(v.string()),
  remote: v.string(),
  rttMs: v.number(),
});

/** What `ready`, once and first, says of a client. */
const clientReady = v.object({
  ...said,
  type: v.literal("ready"),
  role: v.literal("client"),
  me: who,
  server: v.nullable(v.object({ address: v.string(), id: peerId, rttMs: v.number() })),
  address: v.nullable(v.string()),
  nat: v.nullable(v.string()),
});

/** When it is known what NAT the client is behind, and when it changes. */
const nat = v.object({
  ...said,
  type: v.literal("nat"),
  nat: v.nullable(v.string()),
  text: v.string(),
  /** A doctor's: of which addresses, and the whole report as it is told to peers, in hex. */
  family: v.optional(v.picklist(["IPv4", "IPv6"])),
  report: v.optional(v.string()),
});

/** One check of a doctor's. */
const check = v.object({
  ...said,
  type: v.literal("check"),
  name: v.string(),
  state: v.picklist(["ok", "warn", "fail", "skip"]),
  text: v.string(),
  fix: v.nullable(v.string()),
});

const expected = v.picklist(["direct", "prediction", "birthday", "relay", "unknown"]);

/** How a doctor expects somebody to be met; `ageMs`: how old what they said of their router is. */
const prediction = v.object({
  ...said,
  type: v.literal("prediction"),
  who,
  expected,
  text: v.string(),
  ageMs: v.nullable(v.number()),
});

const outcome = v.picklist(["lan", "direct", "relay", "none"]);

/** How often what was expected came. */
const grade = v.object({
  ...said,
  type: v.literal("grade"),
  expected,
  hits: v.number(),
  of: v.number(),
});

/** A meeting of the past; `hit`: whether it came out as expected, null where that says nothing. */
const meeting = v.object({
  ...said,
  type: v.literal("meeting"),
  who,
  expected,
  outcome,
  tookMs: v.number(),
  technique: v.string(),
  mine: v.string(),
  theirs: v.string(),
  hit: v.nullable(v.boolean()),
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
  trust: v.picklist(["new", "known", "verified", "changed"]),
  path: v.nullable(path),
  reason: v.nullable(v.string()),
});

const message = v.object({
  ...said,
  type: v.literal("message"),
  id,
  room: v.string(),
  from: who,
  text: v.string(),
  sentAt: time,
});

const status = v.object({
  ...said,
  type: v.literal("status"),
  req,
  id,
  state: v.picklist(["queued", "sent", "delivered", "read", "failed"]),
  by: v.nullable(who),
  reason: v.nullable(v.string()),
});

const member = v.object({
  name: v.string(),
  id: peerId,
  state: v.picklist(["me", "connecting", "connected", "unreachable", "gone"]),
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
  mapped: v.array(v.string()),
  tried: v.array(v.object({ at: time, text: v.string(), times: v.number() })),
});

const replies = v.variant("command", [
  v.object({ ...reply, command: v.literal("list"), clients: v.array(client) }),
  v.object({ ...reply, command: v.literal("peer"), client }),
  v.object({
    ...reply,
    command: v.literal("punch"),
    text: v.literal("punched"),
    who,
    rttMs: v.number(),
  }),
  v.object({ ...reply, command: v.picklist(["join", "leave"]), room: v.string() }),
  v.object({ ...reply, command: v.literal("who"), room: v.string(), members: v.array(member) }),
  why,
]);

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
    address: v.string(),
  }),
  nat,
  check,
  prediction,
  grade,
  meeting,
  peer,
  message,
  status,
  replies,
  error,
  v.object({ ...said, type: v.literal("bye") }),
]);

export type Outgoing = v.InferOutput<typeof outgoingSchema>;

const asked = {
  req: v.nullish(
    v.pipe(
      v.string('"req" must be a string'),
      v.maxLength(REQ_CHARS_MAX, `"req" must be at most ${REQ_CHARS_MAX} characters long`),
    ),
    null,
  ),
};

const target = parsedBy(normalTarget, '"to" must be "#room", "@name" or "@name~id"');
const person = parsedBy(normalPerson, '"to" must be "@name" or "@name~id"');
const room = parsedBy(parseRoomName, '"room" must be "#" and a name');

const text = v.pipe(
  v.string('"text" must be a string'),
  v.minLength(1, '"text" must not be empty'),
  v.check((value) => value.isWellFormed(), '"text" must not hold half a surrogate pair'),
  v.check(
    (value) => encodeUtf8(value).length <= TEXT_BYTES_MAX,
    `"text" must be at most ${TEXT_BYTES_MAX} bytes long`,
  ),
);

const WHOLE = '"number" must be a whole number from 1';
const number = v.pipe(v.number(WHOLE), v.safeInteger(WHOLE), v.minValue(1, WHOLE));

const list = v.object({ ...asked, type: v.literal("list") });
const peerOf = v.object({ ...asked, type: v.literal("peer"), number });
const quit = v.object({ ...asked, type: v.literal("quit") });

/** A line that a client takes. */
export const peerCommandSchema = v.variant("type", [
  v.object({ ...asked, type: v.literal("send"), to: target, text }),
  list,
  peerOf,
  v.object({ ...asked, type: v.literal("punch"), to: v.nullish(target, null) }),
  v.object({ ...asked, type: v.literal("join"), room }),
  v.object({ ...asked, type: v.literal("leave"), room }),
  v.object({ ...asked, type: v.literal("who"), room }),
  v.object({ ...asked, type: v.literal("why"), to: person }),
  quit,
]);

/** A line that the server takes. */
export const serverCommandSchema = v.variant("type", [
  list,
  peerOf,
  v.object({ ...asked, type: v.literal("punch") }),
  quit,
]);

/** A string in its normal form, or the words of what is wrong. */
function parsedBy(parse: (text: string) => string | undefined, otherwise: string) {
  return v.pipe(
    v.string(otherwise),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const parsed = parse(dataset.value);
      if (parsed !== undefined) return parsed;
      addIssue({ message: otherwise });
      return NEVER;
    }),
  );
}
