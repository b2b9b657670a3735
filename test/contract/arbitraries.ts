/** Events of every kind and commands of every kind: the types see to it that none is left out. */
import * as fc from "fast-check";
import { type Address, addressOf } from "../../lib/base/address.ts";
import { peerIdOf } from "../../lib/base/ids.ts";
import { lineSafe } from "../../lib/base/text.ts";
import type { PeerEvent, PeerPath, ReplyEvent, Who } from "../../lib/node/events.ts";
import type { Member } from "../../lib/node/member.ts";
import type { KeptMessageEvent, MessageEvent } from "../../lib/node/sayings.ts";
import type { MeetingSide } from "../../lib/node/whyevents.ts";
import { address as addressCalled, NOW } from "./events.ts";

type Shown = Exclude<PeerEvent, { type: "log" | "reply" }>;
type EventsOf = { readonly [T in Shown["type"]]: fc.Arbitrary<Extract<Shown, { type: T }>> };
type Command = ReplyEvent["command"];
type RepliesOf = { readonly [C in Command]: fc.Arbitrary<ReplyEvent & { command: C }> };

const is = <const Value>(value: Value): fc.Arbitrary<Value> => fc.constant(value);
const text = fc.string({ unit: "binary", maxLength: 30 });
const nullable = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => {
  return fc.option(value, { nil: null });
};
const some = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { maxLength: 3 });
const count = fc.nat();
const flag = fc.boolean();
/** In hundredths, as far as they are told; and no later than now. */
const durationMs = fc.nat(10_000_000).map((hundredths) => hundredths / 100);
const atMs = fc.nat({ max: NOW });

const id = fc.string({ maxLength: 128 });
const peerId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(peerIdOf);
const who: fc.Arbitrary<Who> = fc.record({ name: text, id: peerId });
const req = nullable(text);
const ZONED = addressCalled("[fe80::1%eth0]:3478");
const address: fc.Arbitrary<Address> = fc
  .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }))
  .map(([host, port]) => addressOf(host, port) ?? ZONED);

const trust = fc.constantFrom("new", "known", "verified", "changed");
const presence = fc.constantFrom("online", "away", "busy");
const state = fc.constantFrom("connecting", "connected", "unreachable", "gone");
const held = fc.option(fc.record({ count, by: some(who) }), { nil: undefined });
const pictures = nullable(some(fc.record({ picture: text, name: text, number: count })));
const path: fc.Arbitrary<PeerPath> = fc.record({
  kind: fc.constantFrom("lan", "direct", "relay"),
  via: nullable(who),
  local: nullable(address),
  remote: address,
  rttMs: durationMs,
});
const unread = { room: text, unread: count, upTo: nullable(id) };

/** Of whom another's clock may be far ahead. */
const place = {
  sentAtMs: fc.nat({ max: 2 ** 48 - 1 }),
  tick: fc.maxSafeNat(),
  seq: fc.nat(),
};

const said = {
  id,
  room: text,
  from: who,
  text,
  ...place,
};
const marks = {
  action: is(true),
  replyTo: fc.record({ id, from: who, text: nullable(text) }),
  mention: is(true),
  edited: is(true),
};
const SAID = ["id", "room", "from", "text", "sentAtMs", "tick", "seq"] as const;
const about = { id, room: text, from: who };

const message: fc.Arbitrary<MessageEvent> = fc.record(
  { type: is("message"), isLate: flag, ...said, ...marks },
  { requiredKeys: ["type", "isLate", ...SAID] },
);
const keptState = fc.record(
  {
    state: fc.constantFrom("queued", "delivered", "read", "failed"),
    by: who,
    reason: nullable(text),
    heldBy: some(who),
  },
  { requiredKeys: ["state", "by", "reason"] },
);
const kept: fc.Arbitrary<KeptMessageEvent> = fc.record(
  {
    ...said,
    ...marks,
    states: nullable(some(keptState)),
    reactions: some(fc.record({ emoji: text, by: some(who) })),
    moreReactions: is(true),
    equivocated: is(true),
  },
  { requiredKeys: [...SAID, "states"] },
);

const room = fc.record({ room: text, isPrivate: flag });

const EVENTS: EventsOf = {
  ready: fc.record(
    {
      type: is("ready"),
      me: who,
      server: nullable(fc.record({ address, id: peerId, rttMs: durationMs })),
      address: nullable(address),
      nat: nullable(text),
      rooms: some(room),
      blocked: some(who),
      presence: fc.constantFrom("online", "away", "busy"),
    },
    { requiredKeys: ["type", "me", "server", "address", "nat", "rooms"] },
  ),
  server: fc.oneof(
    fc.record(
      {
        type: is("server"),
        state: is("connected"),
        address,
        id: peerId,
        reason: is(undefined),
        rttMs: durationMs,
      },
      { requiredKeys: ["type", "state", "address", "id", "reason"] },
    ),
    fc.record({
      type: is("server"),
      state: is("lost"),
      address,
      id: peerId,
      reason: fc.option(text, { nil: undefined }),
    }),
    fc.record({
      type: is("server"),
      state: is("replaced"),
      address,
      id: peerId,
      reason: text,
      by: fc.option(address, { nil: undefined }),
    }),
  ),
  nat: fc.record({ type: is("nat"), nat: nullable(text), text }),
  peer: fc.record(
    {
      type: is("peer"),
      number: nullable(count),
      who,
      state,
      trust,
      path: nullable(path),
      reason: nullable(text),
      equivocated: some(text),
    },
    { requiredKeys: ["type", "number", "who", "state", "trust", "path", "reason"] },
  ),
  namesake: fc.record({ type: is("namesake"), who }),
  renamed: fc.record({ type: is("renamed"), who, was: text }),
  trust: fc.record({ type: is("trust"), who, trust, isBlocked: flag, held }),
  verify: fc.record({
    type: is("verify"),
    who,
    state: fc.constantFrom("asked", "compare", "match", "differs", "broken"),
    pictures,
  }),
  presence: fc.record({ type: is("presence"), who, state: presence }),
  typing: fc.record({ type: is("typing"), who, room: text, isTyping: flag }),
  message,
  edited: fc.record(
    { type: is("edited"), ...about, text, isReworded: is(true) },
    { requiredKeys: ["type", "id", "room", "from", "text"] },
  ),
  deleted: fc.record({ type: is("deleted"), ...about }),
  reaction: fc.record({ type: is("reaction"), ...about, emoji: text, isOn: flag }),
  topic: fc.record({ type: is("topic"), room: text, from: who, topic: text }),
  status: fc.record(
    {
      type: is("status"),
      req,
      id,
      room: text,
      state: fc.constantFrom("queued", "sent", "delivered", "read", "failed"),
      by: nullable(who),
      reason: nullable(text),
      was: id,
      place: fc.record(place),
      isReworded: is(true),
    },
    { requiredKeys: ["type", "req", "id", "room", "state", "by", "reason"] },
  ),
  unread: fc.record({ type: is("unread"), ...unread }),
  held: fc.record({ type: is("held"), req, id, room: text, by: who }),
  sync: fc.record({
    type: is("sync"),
    room: text,
    state: fc.constantFrom("catching-up", "complete", "incomplete"),
    missing: count,
    received: count,
  }),
  equivocation: fc.record({ type: is("equivocation"), room: text, who }),
  disk: fc.record({ type: is("disk"), state: fc.constantFrom("refusing", "working") }),
  error: fc.record({
    type: is("error"),
    req,
    code: fc.constantFrom(
      "USAGE",
      "NO_SERVER",
      "NO_PEER",
      "AMBIGUOUS",
      "NO_PATH",
      "UNTRUSTED",
      "REFUSED",
      "QUEUED",
      "INTERNAL",
    ),
    text: text.map(lineSafe),
  }),
  draft: fc.record({ type: is("draft"), req, room: text, text, replyTo: nullable(id) }),
  bye: fc.record({
    type: is("bye"),
    waiting: some(
      fc.record({
        who,
        count,
        isBarred: flag,
        isBlocked: flag,
        held: count,
        heldBy: some(who),
      }),
    ),
  }),
};

const reply = { type: is("reply"), req };
const REPLY = ["type", "req", "command"] as const;
/** What holds now, though the disk refuses it. */
const isKept = is(false);

const client = fc.record(
  { number: count, name: text, id: peerId, address, equivocated: some(text) },
  { requiredKeys: ["number", "name", "id", "address"] },
);
const member: fc.Arbitrary<Member> = fc.record(
  {
    name: text,
    id: peerId,
    state: fc.constantFrom("me", "connecting", "connected", "unreachable", "gone"),
    presence: nullable(presence),
    lastSeenMs: nullable(atMs),
    trust: nullable(trust),
    isBlocked: flag,
    equivocated: some(text),
  },
  {
    requiredKeys: ["name", "id", "state", "presence", "lastSeenMs", "trust", "isBlocked"],
  },
);
const side: fc.Arbitrary<MeetingSide> = fc.record({
  nat: nullable(text),
  text: nullable(text),
  calls: nullable(count),
  punches: nullable(count),
  callsSeen: nullable(count),
  punchesSeen: nullable(count),
});

const visit = { room: text, isPrivate: flag, alike: some(text), isKept };
const VISIT = [...REPLY, "room", "isPrivate"] as const;

const secret = fc.option(fc.stringMatching(/^[0-9a-z]{1,40}$/), { nil: undefined });
const server = fc.record({
  name: fc.stringMatching(/^[0-9a-z.:[\]%-]{0,40}$/),
  noiseKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});
const invitation = {
  room: text.filter((name) => name !== "").map((name) => `#${name}`),
  secret,
  server: fc.option(server, { nil: undefined }),
  isKept,
};
const INVITATION = [...REPLY, "room", "secret", "server"] as const;

const judged = { who, trust, isBlocked: flag, held, isKept };
const JUDGED = [...REPLY, "who", "trust", "isBlocked", "held"] as const;

const REPLIES: RepliesOf = {
  list: fc.record({ ...reply, command: is("list"), clients: some(client) }),
  peer: fc.record({ ...reply, command: is("peer"), client }),
  punch: fc.record({ ...reply, command: is("punch"), who, rttMs: durationMs }),
  register: fc.record({ ...reply, command: is("register"), isRegistered: flag }),
  join: fc.record({ ...reply, command: is("join"), ...visit }, { requiredKeys: [...VISIT] }),
  leave: fc.record({ ...reply, command: is("leave"), ...visit }, { requiredKeys: [...VISIT] }),
  new: fc.record(
    { ...reply, command: is("new"), ...invitation },
    { requiredKeys: [...INVITATION] },
  ),
  invite: fc.record(
    { ...reply, command: is("invite"), ...invitation },
    { requiredKeys: [...INVITATION] },
  ),
  rooms: fc.record({
    ...reply,
    command: is("rooms"),
    rooms: some(
      fc.record({
        room: text,
        isPrivate: flag,
        topic: nullable(text),
        members: count,
        connected: count,
      }),
    ),
  }),
  who: fc.record({ ...reply, command: is("who"), room: text, members: some(member) }),
  why: fc.record({
    ...reply,
    command: is("why"),
    who,
    state: fc.constantFrom("known", "connecting", "connected", "unreachable", "gone"),
    path: nullable(path),
    text,
    next: nullable(text),
    expected: nullable(text),
    you: side,
    they: side,
    mapped: some(address),
    tried: some(fc.record({ atMs, text, times: count })),
  }),
  whois: fc.record({
    ...reply,
    command: is("whois"),
    member,
    path: nullable(path),
    rooms: some(text),
  }),
  retry: fc.record({ ...reply, command: is("retry"), who, isConnected: flag }),
  verify: fc.record(
    { ...reply, command: is("verify"), who, trust, number: text, code: text, pictures, isKept },
    { requiredKeys: [...REPLY, "who", "trust", "number", "code", "pictures"] },
  ),
  trust: fc.record({ ...reply, command: is("trust"), ...judged }, { requiredKeys: [...JUDGED] }),
  block: fc.record({ ...reply, command: is("block"), ...judged }, { requiredKeys: [...JUDGED] }),
  unblock: fc.record(
    { ...reply, command: is("unblock"), ...judged },
    { requiredKeys: [...JUDGED] },
  ),
  topic: fc.record({
    ...reply,
    command: is("topic"),
    room: text,
    topic: nullable(text),
    from: nullable(who),
  }),
  presence: fc.record({ ...reply, command: is("presence"), state: presence }),
  history: fc.record({
    ...reply,
    command: is("history"),
    room: text,
    messages: some(kept),
    hasBefore: flag,
    hasAfter: flag,
    damaged: count,
  }),
  search: fc.record({
    ...reply,
    command: is("search"),
    text,
    messages: some(kept),
    hasMore: flag,
    unsearched: count,
    damaged: count,
  }),
  retain: fc.record(
    { ...reply, command: is("retain"), room: text, keep: text, isKept },
    { requiredKeys: [...REPLY, "room", "keep"] },
  ),
  outbox: fc.record({
    ...reply,
    command: is("outbox"),
    messages: some(
      fc.record({
        id,
        room: text,
        text,
        sentAtMs: atMs,
        to: some(who),
        heldBy: some(who),
      }),
    ),
    more: count,
  }),
  cancel: fc.record({ ...reply, command: is("cancel"), id }),
  read: fc.record({ ...reply, command: is("read"), id }),
  unread: fc.record({ ...reply, command: is("unread"), rooms: some(fc.record(unread)) }),
  node: fc.record({
    ...reply,
    command: is("node"),
    pid: count,
    profile: text,
    dataDirectory: text,
    server: nullable(text),
    isMapped: flag,
    me: who,
    version: text,
    sinceMs: atMs,
    faces: some(fc.record({ kind: text, sinceMs: atMs })),
  }),
  web: fc.record({ ...reply, command: is("web"), url: text }),
  doctor: fc.record({
    ...reply,
    command: is("doctor"),
    servers: some(text),
    checks: some(
      fc.record({
        name: text,
        state: fc.constantFrom("ok", "warn", "fail", "skip"),
        text,
        fix: nullable(text),
      }),
    ),
    people: some(fc.record({ who, text })),
  }),
};

/** Whatever a face can be told, but for the log; each by its type, of answers by the command. */
export const SHOWN_EVENTS: readonly (readonly [
  name: string,
  fc.Arbitrary<Exclude<PeerEvent, { type: "log" }>>,
])[] = [
  ...Object.entries(EVENTS),
  ...Object.entries(REPLIES).map(([command, one]) => [`reply ${command}`, one] as const),
];
