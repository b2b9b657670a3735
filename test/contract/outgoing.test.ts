import { expect, test } from "bun:test";
import * as v from "valibot";
import { jsonSafe } from "../../lib/base/text.ts";
import { outgoingOf, serverReadyOf } from "../../lib/contract/outgoing.ts";
import { outgoingSchema } from "../../lib/contract/schema.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import type { MeetingSide } from "../../lib/node/whyevents.ts";
import {
  ALICE,
  BOB,
  ME,
  NOW,
  SERVER,
  member,
  message,
  peer,
  peerId,
  ready,
  status,
} from "./events.ts";

type Shown = Exclude<PeerEvent, { type: "log" }>;

const AT = "2026-11-22T14:02:07.113Z";
const id = ALICE.id;
const DOG = { picture: "🐶", name: "Dog", number: 0 };
const client = { number: 2, name: "alice", id, address: SERVER };

function side(
  nat: string | null,
  text: string | null,
  ...[calls = null, punches = null, callsSeen = null, punchesSeen = null]: (number | null)[]
): MeetingSide {
  return { nat, text, calls, punches, callsSeen, punchesSeen };
}

const KEPT = { id: "m1", room: "#dev", sentAtMs: NOW, tick: 0, seq: 1 };

/** Somebody to whom all may go, and for whom nobody holds anything. */
const FREE = { isBarred: false, isBlocked: false, held: 0, heldBy: [] };

const EXAMPLES: readonly (readonly [Shown, string])[] = [
  [
    { ...message(BOB, "#dev", "early"), isLate: true },
    `{"v":1,"type":"message","at":"${AT}","id":"m-early","room":"#dev",` +
      `"from":{"name":"bob","id":"${BOB.id}"},"text":"early","sentAt":"${AT}",` +
      `"tick":0,"seq":1,"late":true}`,
  ],
  [
    { ...message(BOB, "#dev", "from afar"), sentAtMs: NOW + 1e12 },
    `{"v":1,"type":"message","at":"${AT}","id":"m-from afar","room":"#dev",` +
      `"from":{"name":"bob","id":"${BOB.id}"},"text":"from afar","sentAt":"${AT}",` +
      `"tick":0,"seq":1,"clockMs":${NOW + 1e12}}`,
  ],
  [
    { type: "sync", room: "#dev", state: "catching-up", missing: 12, received: 3 },
    `{"v":1,"type":"sync","at":"${AT}","room":"#dev","state":"catching-up",` +
      `"missing":12,"received":3}`,
  ],
  [{ type: "disk", state: "refusing" }, `{"v":1,"type":"disk","at":"${AT}","state":"refusing"}`],
  [
    { type: "reply", req: "1", command: "join", room: "#dev", isPrivate: false, isKept: false },
    `{"v":1,"type":"reply","req":"1","kept":false,"command":"join","room":"#dev","private":false}`,
  ],
  [
    {
      type: "reply",
      req: "1",
      command: "join",
      room: "#Dev",
      isPrivate: false,
      alike: ["#dev"],
    },
    `{"v":1,"type":"reply","req":"1","command":"join","room":"#Dev","private":false,` +
      `"alike":["#dev"]}`,
  ],
  [
    { type: "reply", req: "1", command: "retain", room: "#dev", keep: "7d", isKept: false },
    `{"v":1,"type":"reply","req":"1","kept":false,"command":"retain","room":"#dev","keep":"7d"}`,
  ],
  [
    { type: "equivocation", room: "#dev", who: BOB },
    `{"v":1,"type":"equivocation","at":"${AT}","room":"#dev",` +
      `"who":{"name":"bob","id":"${BOB.id}"}}`,
  ],
  [
    ready(),
    `{"v":1,"type":"ready","at":"${AT}","role":"client","me":{"name":"me","id":"${ME.id}"},` +
      `"server":{"address":"192.0.2.1:3478","id":"${peerId("5e")}","rttMs":12.35},` +
      `"address":"203.0.113.9:50112","nat":"port-restricted",` +
      `"rooms":[{"room":"#lobby","private":false}]}`,
  ],
  [
    ready(false),
    `{"v":1,"type":"ready","at":"${AT}","role":"client","me":{"name":"me","id":"${ME.id}"},` +
      `"server":null,"address":null,"nat":null,"rooms":[{"room":"#lobby","private":false}]}`,
  ],
  [
    { type: "server", state: "lost", address: SERVER, id: peerId("5e"), reason: "silent" },
    `{"v":1,"type":"server","at":"${AT}","state":"lost","address":"192.0.2.1:3478",` +
      `"id":"${peerId("5e")}","reason":"silent"}`,
  ],
  [
    {
      type: "server",
      state: "replaced",
      address: SERVER,
      id: peerId("5e"),
      reason: "Another client.",
      by: SERVER,
    },
    `{"v":1,"type":"server","at":"${AT}","state":"lost","address":"192.0.2.1:3478",` +
      `"id":"${peerId("5e")}",` +
      `"replaced":{"by":"192.0.2.1:3478","text":"Another client."}}`,
  ],
  [
    { type: "reply", req: "r12", command: "register", isRegistered: false },
    `{"v":1,"type":"reply","req":"r12","command":"register","registered":false}`,
  ],
  [
    { type: "nat", nat: "full-cone", text: "It lets everybody in." },
    `{"v":1,"type":"nat","at":"${AT}","nat":"full-cone","text":"It lets everybody in."}`,
  ],
  [
    { type: "nat", nat: null, text: "Nothing comes back." },
    `{"v":1,"type":"nat","at":"${AT}","nat":null,"text":"Nothing comes back."}`,
  ],
  [
    peer(ALICE, "connected"),
    `{"v":1,"type":"peer","at":"${AT}","number":null,"who":{"name":"alice","id":"${id}"},` +
      `"state":"connected","trust":"known","path":{"kind":"direct","via":null,"local":null,` +
      `"remote":"203.0.113.7:41002","rttMs":41.23},"reason":null}`,
  ],
  [
    peer(ALICE, "unreachable", "nobody answers"),
    `{"v":1,"type":"peer","at":"${AT}","number":null,"who":{"name":"alice","id":"${id}"},` +
      `"state":"unreachable","trust":"known","path":null,"reason":"nobody answers"}`,
  ],
  [
    message(ALICE, "#lobby", "hi"),
    `{"v":1,"type":"message","at":"${AT}","id":"m-hi","room":"#lobby",` +
      `"from":{"name":"alice","id":"${id}"},"text":"hi","sentAt":"${AT}","tick":0,"seq":1}`,
  ],
  [
    status("delivered", { req: "r1", by: ALICE }),
    `{"v":1,"type":"status","at":"${AT}","req":"r1","id":"id1","room":"@bob","state":"delivered",` +
      `"by":{"name":"alice","id":"${id}"},"reason":null}`,
  ],
  [
    status("queued", { req: "r2", isReworded: true }),
    `{"v":1,"type":"status","at":"${AT}","req":"r2","id":"id1","room":"@bob","state":"queued",` +
      `"by":null,"reason":null,"reworded":true}`,
  ],
  [
    status("queued", { place: { sentAtMs: NOW + 1, tick: 2, seq: 3 } }),
    `{"v":1,"type":"status","at":"${AT}","req":null,"id":"id1","room":"@bob","state":"queued",` +
      `"by":null,"reason":null,"sentAt":"${AT}","tick":2,"seq":3,"clockMs":${NOW + 1}}`,
  ],
  [
    { type: "presence", who: ALICE, state: "away" },
    `{"v":1,"type":"presence","at":"${AT}","who":{"name":"alice","id":"${id}"},"state":"away"}`,
  ],
  [
    { type: "typing", who: ALICE, room: "#lobby", isTyping: true },
    `{"v":1,"type":"typing","at":"${AT}","who":{"name":"alice","id":"${id}"},` +
      `"room":"#lobby","typing":true}`,
  ],
  [
    { type: "draft", req: null, room: "@bob", text: "", replyTo: null },
    `{"v":1,"type":"draft","at":"${AT}","req":null,"room":"@bob","text":"","replyTo":null}`,
  ],
  [
    { type: "draft", req: "d1", room: "#dev", text: "so far", replyTo: "m1" },
    `{"v":1,"type":"draft","at":"${AT}","req":"d1","room":"#dev","text":"so far","replyTo":"m1"}`,
  ],
  [
    { type: "reply", req: "1", command: "web", url: "http://127.0.0.1:4000/#t" },
    `{"v":1,"type":"reply","req":"1","command":"web","url":"http://127.0.0.1:4000/#t"}`,
  ],
  [
    {
      type: "reply",
      req: "1",
      command: "doctor",
      servers: ["192.0.2.1:3478"],
      checks: [{ name: "udp", state: "fail", text: "it is silent", fix: "ask its owner" }],
      people: [{ who: ALICE, text: "directly" }],
    },
    `{"v":1,"type":"reply","req":"1","command":"doctor","servers":["192.0.2.1:3478"],` +
      `"checks":[{"name":"udp","state":"fail","text":"it is silent","fix":"ask its owner"}],` +
      `"people":[{"who":{"name":"alice","id":"${id}"},"text":"directly"}]}`,
  ],
  [
    {
      type: "reply",
      req: "1",
      command: "node",
      pid: 17,
      profile: "work",
      dataDirectory: "/home/a/work",
      server: "192.0.2.1:3478",
      isMapped: false,
      me: ALICE,
      version: "0.1.0",
      sinceMs: NOW,
      faces: [{ kind: "plain", sinceMs: NOW }],
    },
    `{"v":1,"type":"reply","req":"1","command":"node","pid":17,"profile":"work",` +
      `"dataDirectory":"/home/a/work","server":"192.0.2.1:3478","portmap":false,` +
      `"me":{"name":"alice","id":"${id}"},"version":"0.1.0","since":"${AT}",` +
      `"faces":[{"kind":"plain","since":"${AT}"}]}`,
  ],
  [
    { type: "trust", who: ALICE, trust: "changed", isBlocked: false },
    `{"v":1,"type":"trust","at":"${AT}","who":{"name":"alice","id":"${id}"},` +
      `"trust":"changed","blocked":false}`,
  ],
  [
    {
      type: "trust",
      who: ALICE,
      trust: "known",
      isBlocked: true,
      held: { count: 2, by: [ALICE] },
    },
    `{"v":1,"type":"trust","at":"${AT}","who":{"name":"alice","id":"${id}"},"trust":"known",` +
      `"blocked":true,"held":{"count":2,"by":[{"name":"alice","id":"${id}"}]}}`,
  ],
  [
    { type: "verify", who: ALICE, state: "compare", pictures: [DOG] },
    `{"v":1,"type":"verify","at":"${AT}","who":{"name":"alice","id":"${id}"},` +
      `"state":"compare","pictures":[{"picture":"🐶","name":"Dog","number":0}]}`,
  ],
  [
    {
      type: "reply",
      req: "r8",
      command: "verify",
      who: ALICE,
      trust: "known",
      number: "12345 67890",
      code: "p2pchat-verify:a:b",
      pictures: null,
    },
    `{"v":1,"type":"reply","req":"r8","command":"verify","who":{"name":"alice","id":"${id}"},` +
      `"trust":"known","number":"12345 67890","code":"p2pchat-verify:a:b","pictures":null}`,
  ],
  [
    { type: "reply", req: "r9", command: "block", who: ALICE, trust: "new", isBlocked: true },
    `{"v":1,"type":"reply","req":"r9","command":"block","who":{"name":"alice","id":"${id}"},` +
      `"trust":"new","blocked":true}`,
  ],
  [
    { type: "reply", req: "r2", command: "list", clients: [client] },
    `{"v":1,"type":"reply","req":"r2","command":"list",` +
      `"clients":[{"number":2,"name":"alice","id":"${id}","address":"192.0.2.1:3478"}]}`,
  ],
  [
    { type: "reply", req: "r3", command: "peer", client },
    `{"v":1,"type":"reply","req":"r3","command":"peer",` +
      `"client":{"number":2,"name":"alice","id":"${id}","address":"192.0.2.1:3478"}}`,
  ],
  [
    { type: "reply", req: "r4", command: "punch", who: ALICE, rttMs: 0 },
    `{"v":1,"type":"reply","req":"r4","command":"punch","text":"punched",` +
      `"who":{"name":"alice","id":"${id}"},"rttMs":0}`,
  ],
  [
    {
      type: "reply",
      req: "r5",
      command: "new",
      room: "#dev",
      secret: "AAAAAAAAAAAAAAAAAAAAAA",
      server: { name: "192.0.2.1:3478", noiseKey: new Uint8Array(32).fill(9) },
    },
    `{"v":1,"type":"reply","req":"r5","command":"new","room":"#dev","private":true,` +
      `"server":"192.0.2.1:3478","link":"p2pchat://192.0.2.1:3478/dev/AAAAAAAAAAAAAAAAAAAAAA#` +
      `${"09".repeat(32)}"}`,
  ],
  [
    {
      ...message(BOB, "#dev", "@me waves"),
      action: true,
      mention: true,
      edited: true,
      replyTo: { id: "m-0", from: ME, text: null },
    },
    `{"v":1,"type":"message","at":"${AT}","id":"m-@me waves","room":"#dev",` +
      `"from":{"name":"bob","id":"${BOB.id}"},"text":"@me waves","sentAt":"${AT}",` +
      `"tick":0,"seq":1,` +
      `"kind":"action",` +
      `"replyTo":{"id":"m-0","from":{"name":"me","id":"${ME.id}"},"text":null},` +
      `"mention":true,"edited":true}`,
  ],
  [
    { type: "edited", id: "m1", room: "#dev", from: BOB, text: "now" },
    `{"v":1,"type":"edited","at":"${AT}","id":"m1","room":"#dev",` +
      `"from":{"name":"bob","id":"${BOB.id}"},"text":"now"}`,
  ],
  [
    { type: "deleted", id: "m1", room: "#dev", from: BOB },
    `{"v":1,"type":"deleted","at":"${AT}","id":"m1","room":"#dev",` +
      `"from":{"name":"bob","id":"${BOB.id}"}}`,
  ],
  [
    { type: "reaction", id: "m1", room: "#dev", from: BOB, emoji: "👍", isOn: false },
    `{"v":1,"type":"reaction","at":"${AT}","id":"m1","room":"#dev",` +
      `"from":{"name":"bob","id":"${BOB.id}"},"emoji":"👍","on":false}`,
  ],
  [
    { type: "topic", room: "#dev", from: BOB, topic: "boats" },
    `{"v":1,"type":"topic","at":"${AT}","room":"#dev",` +
      `"from":{"name":"bob","id":"${BOB.id}"},"topic":"boats"}`,
  ],
  [
    { type: "reply", req: "r1", command: "topic", room: "#dev", topic: null, from: null },
    `{"v":1,"type":"reply","req":"r1","command":"topic","room":"#dev","topic":null,"from":null}`,
  ],
  [
    {
      type: "reply",
      req: "r6",
      command: "invite",
      room: "#lobby",
      secret: undefined,
      server: undefined,
    },
    `{"v":1,"type":"reply","req":"r6","command":"invite","room":"#lobby","private":false,` +
      `"server":null,"link":"p2pchat:///lobby"}`,
  ],
  [
    {
      type: "reply",
      req: "r7",
      command: "rooms",
      rooms: [{ room: "#dev", isPrivate: true, topic: "boats", members: 3, connected: 2 }],
    },
    `{"v":1,"type":"reply","req":"r7","command":"rooms",` +
      `"rooms":[{"room":"#dev","topic":"boats","members":3,"connected":2,"private":true}]}`,
  ],
  [
    { type: "reply", req: null, command: "join", isPrivate: false, room: "#dev" },
    `{"v":1,"type":"reply","req":null,"command":"join","room":"#dev","private":false}`,
  ],
  [
    {
      type: "reply",
      req: "r5",
      command: "who",
      room: "#dev",
      members: [
        { ...member(ME, "me"), trust: null },
        { ...member(BOB, "gone"), lastSeenMs: NOW, isBlocked: true },
      ],
    },
    `{"v":1,"type":"reply","req":"r5","command":"who","room":"#dev","members":[` +
      `{"name":"me","id":"${ME.id}","state":"me","presence":"online","lastSeenAt":null,` +
      `"trust":null,"blocked":false},{"name":"bob","id":"${BOB.id}","state":"gone",` +
      `"presence":null,"lastSeenAt":"${AT}","trust":"known","blocked":true}]}`,
  ],
  [
    {
      type: "reply",
      req: "r7",
      command: "why",
      who: BOB,
      state: "unreachable",
      path: null,
      text: "unreachable: nothing came back",
      next: "have both sides run p2pchat doctor",
      expected: "direct",
      you: side("full-cone", "It lets everybody in.", 20, 0, 3, 1),
      they: side(null, null, null, null, null, null),
      mapped: [SERVER],
      tried: [{ atMs: NOW, text: "introduced", times: 2 }],
    },
    `{"v":1,"type":"reply","req":"r7","command":"why","who":{"name":"bob","id":"${BOB.id}"},` +
      `"state":"unreachable","path":null,"text":"unreachable: nothing came back",` +
      `"next":"have both sides run p2pchat doctor","expected":"direct",` +
      `"you":{"nat":"full-cone","text":"It lets everybody in.","calls":20,"punches":0,` +
      `"callsSeen":3,"punchesSeen":1},"they":{"nat":null,"text":null,"calls":null,` +
      `"punches":null,"callsSeen":null,"punchesSeen":null},"mapped":["192.0.2.1:3478"],` +
      `"tried":[{"at":"${AT}","text":"introduced","times":2}]}`,
  ],
  [
    {
      type: "reply",
      req: "r8",
      command: "history",
      room: "#dev",
      messages: [
        { ...KEPT, from: BOB, text: "hi", states: null },
        { ...KEPT, from: ME, text: "ho", states: [{ state: "queued", by: BOB, reason: null }] },
      ],
      hasBefore: true,
      hasAfter: false,
      damaged: 1,
    },
    `{"v":1,"type":"reply","req":"r8","command":"history","room":"#dev","messages":[` +
      `{"id":"m1","room":"#dev","from":{"name":"bob","id":"${BOB.id}"},"text":"hi",` +
      `"sentAt":"${AT}","tick":0,"seq":1,"states":null},` +
      `{"id":"m1","room":"#dev","from":{"name":"me","id":"${ME.id}"},"text":"ho",` +
      `"sentAt":"${AT}","tick":0,"seq":1,"states":[` +
      `{"state":"queued","by":{"name":"bob","id":"${BOB.id}"},"reason":null}]}],` +
      `"hasBefore":true,"hasAfter":false,"damaged":1}`,
  ],
  [
    {
      type: "reply",
      req: "r9",
      command: "search",
      text: "hi",
      messages: [{ ...KEPT, from: BOB, text: "hi", states: null }],
      hasMore: true,
      unsearched: 7,
      damaged: 0,
    },
    `{"v":1,"type":"reply","req":"r9","command":"search","text":"hi","messages":[` +
      `{"id":"m1","room":"#dev","from":{"name":"bob","id":"${BOB.id}"},"text":"hi",` +
      `"sentAt":"${AT}","tick":0,"seq":1,"states":null}],` +
      `"hasMore":true,"unsearched":7,"damaged":0}`,
  ],
  [
    { type: "reply", req: "r10", command: "retain", room: "#dev", keep: "30d" },
    `{"v":1,"type":"reply","req":"r10","command":"retain","room":"#dev","keep":"30d"}`,
  ],
  [
    { type: "error", req: "r6", code: "NO_PEER", text: "nobody\nof that\u001b[2J name" },
    `{"v":1,"type":"error","at":"${AT}","req":"r6","code":"NO_PEER",` +
      `"text":"nobody of that[2J name"}`,
  ],
  [
    {
      type: "reply",
      req: "r10",
      command: "outbox",
      messages: [{ id: "m1", room: "#dev", text: "hi", sentAtMs: NOW, to: [BOB], heldBy: [] }],
      more: 2,
    },
    `{"v":1,"type":"reply","req":"r10","command":"outbox","messages":[` +
      `{"id":"m1","room":"#dev","text":"hi","sentAt":"${AT}",` +
      `"to":[{"name":"bob","id":"${BOB.id}"}]}],"more":2}`,
  ],
  [
    {
      type: "reply",
      req: "r10",
      command: "outbox",
      messages: [{ id: "m1", room: "@bob", text: "hi", sentAtMs: NOW, to: [BOB], heldBy: [ALICE] }],
      more: 0,
    },
    `{"v":1,"type":"reply","req":"r10","command":"outbox","messages":[` +
      `{"id":"m1","room":"@bob","text":"hi","sentAt":"${AT}",` +
      `"to":[{"name":"bob","id":"${BOB.id}"}],` +
      `"heldBy":[{"name":"alice","id":"${ALICE.id}"}]}],"more":0}`,
  ],
  [
    { type: "held", req: "r1", id: "m1", room: "@bob", by: ALICE },
    `{"v":1,"type":"held","at":"${AT}","req":"r1","id":"m1","room":"@bob",` +
      `"by":{"name":"alice","id":"${ALICE.id}"}}`,
  ],
  [
    { type: "reply", req: "r11", command: "cancel", id: "m1" },
    `{"v":1,"type":"reply","req":"r11","command":"cancel","id":"m1"}`,
  ],
  [{ type: "bye", waiting: [] }, `{"v":1,"type":"bye","at":"${AT}"}`],
  [
    { type: "bye", waiting: [{ who: BOB, count: 3, ...FREE }] },
    `{"v":1,"type":"bye","at":"${AT}",` +
      `"waiting":[{"who":{"name":"bob","id":"${BOB.id}"},"count":3}]}`,
  ],
  [
    { type: "bye", waiting: [{ who: BOB, count: 3, ...FREE, held: 2, heldBy: [ALICE] }] },
    `{"v":1,"type":"bye","at":"${AT}",` +
      `"waiting":[{"who":{"name":"bob","id":"${BOB.id}"},"count":3,` +
      `"held":2,"heldBy":[{"name":"alice","id":"${ALICE.id}"}]}]}`,
  ],
];

test.each(EXAMPLES)("an event is written to the letter: %j", (event, line) => {
  expect(jsonSafe(outgoingOf(event, NOW))).toBe(line);
});

test.each(EXAMPLES)("what is written is in the schema: %j", (event) => {
  const outgoing = outgoingOf(event, NOW);

  expect(v.parse(outgoingSchema, outgoing)).toEqual(outgoing);
});

test("the server's ready says how it is reached and known", () => {
  const outgoing = serverReadyOf({ address: "[::]:3478", id, key: "k" }, NOW);

  expect(v.parse(outgoingSchema, outgoing)).toEqual({
    v: 1,
    type: "ready",
    at: AT,
    role: "server",
    address: "[::]:3478",
    id,
    key: "k",
  });
});

test("text is carried whole, its controls and bidirectional marks escaped", () => {
  const text = "\u001b]0;x\u0007 \u202e \u0085 \u2066 ☂️ \ud83d\udc69\u200d\ud83d\udcbb\n";

  const line = jsonSafe(outgoingOf(message(ALICE, "#lobby", text), NOW));

  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
  expect(v.parse(outgoingSchema, JSON.parse(line))).toMatchObject({ text });
});

test("readers may ignore what they do not know", () => {
  const line = { ...outgoingOf({ type: "bye", waiting: [] }, NOW), more: 1 };

  expect(v.safeParse(outgoingSchema, line).success).toBe(true);
  expect(v.safeParse(outgoingSchema, { v: 1, type: "weather", at: AT }).success).toBe(false);
});
