import { expect, test } from "bun:test";
import { parsePeerLine, parseServerLine } from "../../lib/contract/incoming.ts";
import { jsonSchema } from "../../lib/ui/jsonschema.ts";
import { outgoingOf } from "../../lib/contract/outgoing.ts";
import { lineChecker } from "../support/jsonschema.ts";
import {
  ALICE,
  BOB,
  DIRECT,
  member,
  message,
  NOW,
  peer,
  ready,
  status,
} from "../contract/events.ts";

const isLine = lineChecker(jsonSchema());

test.each([
  ready(),
  ready(false),
  peer(BOB, "connected"),
  peer(BOB, "gone", "left"),
  message(ALICE, "#lobby", "hi"),
  status("delivered", { by: BOB }),
  { type: "error", req: null, code: "NO_PEER", text: "nobody" },
  { type: "bye" },
] as const)("what is written is in the JSON Schema: %j", (event) => {
  const line: unknown = JSON.parse(JSON.stringify(outgoingOf(event, NOW)));

  expect(isLine("out", line)).toBe(true);
  expect(isLine("out", Object.assign({}, line, { type: "weather" }))).toBe(false);
  expect(isLine("out", Object.assign({}, line, { more: 1 }))).toBe(true);
});

test.each([
  ['{"type":"send","to":"#lobby","text":"hi"}', true],
  ['{"type":"send","to":"#lobby","text":"hi","req":"r1"}', true],
  ['{"type":"send","to":"#lobby","text":7}', false],
  ['{"type":"send","to":"#lobby"}', false],
  ['{"type":"list","req":7}', false],
  ['{"type":"peer","number":2}', true],
  ['{"type":"peer","number":0}', false],
  ['{"type":"history","room":"#dev","limit":20}', true],
  ['{"type":"history","room":"#dev","limit":501}', false],
  ['{"type":"search","text":"boat"}', true],
  ['{"type":"whois","to":"@bob"}', true],
  ['{"type":"retry","to":"@bob~b0b0"}', true],
  ['{"type":"quit"}', true],
  ['{"type":"weather"}', false],
  ["[]", false],
])("%s is read by a client exactly where the JSON Schema has it: %p", (line, isRead) => {
  expect(isLine("in", JSON.parse(line))).toBe(isRead);
  expect("command" in parsePeerLine(line)).toBe(isRead);
});

test.each([
  ['{"type":"list"}', true],
  ['{"type":"punch"}', true],
  ['{"type":"send","to":"#lobby","text":"hi"}', false],
])("%s is read by a server exactly where the JSON Schema has it: %p", (line, isRead) => {
  expect(isLine("serverIn", JSON.parse(line))).toBe(isRead);
  expect("command" in parseServerLine(line)).toBe(isRead);
});

test("who somebody is, and that they are looked for, are in the JSON Schema", () => {
  const whois = { type: "reply", req: "r1", command: "whois", rooms: ["#dev"] } as const;
  const retry = { type: "reply", req: "r2", command: "retry", who: BOB } as const;
  const lines = [
    outgoingOf({ ...whois, member: member(BOB, "gone"), path: null }, NOW),
    outgoingOf({ ...whois, member: member(BOB, "connected"), path: DIRECT }, NOW),
    outgoingOf({ ...retry, isConnected: false }, NOW),
  ];

  expect(lines.map((line) => isLine("out", line))).toEqual([true, true, true]);
  expect(lines[1]).toMatchObject({ who: { ...BOB, blocked: false }, path: { kind: "direct" } });
  expect(lines[2]).toMatchObject({ command: "retry", who: BOB, connected: false });
});

test("the members of a room, with what is not known of them, are in the JSON Schema", () => {
  const members = [member(ALICE, "me"), member(BOB, "gone")];
  const reply = { type: "reply", req: "r1", command: "who", room: "#dev", members } as const;

  expect(isLine("out", outgoingOf(reply, NOW))).toBe(true);
});

test("what a clock of the far future has dated is dated now, in history as well", () => {
  const { isLate: _, ...said } = message(ALICE, "#dev", "hi");
  const messages = [{ ...said, sentAtMs: 2 ** 48 - 1, states: null }];
  const page = { hasBefore: false, hasAfter: false, damaged: 0 };
  const reply = { type: "reply", req: "r1", command: "history", room: "#dev" } as const;

  const line = outgoingOf({ ...reply, messages, ...page }, NOW);

  expect(line).toMatchObject({ messages: [{ sentAt: new Date(NOW).toISOString() }] });
});
