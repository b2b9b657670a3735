/** What is written as a line of JSON is read from it again. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { jsonSafe } from "../../lib/base/text.ts";
import { eventOf } from "../../lib/contract/eventof.ts";
import { keptLineOf, outgoingOf, serverReadyOf } from "../../lib/contract/outgoing.ts";
import { parseOutgoingLine } from "../../lib/contract/outgoingline.ts";
import { SHOWN_EVENTS } from "./arbitraries.ts";
import { ALICE, ME, message, NOW, ready, status } from "./events.ts";

function readFrom(text: string) {
  const line = parseOutgoingLine(text);
  return line && eventOf(line);
}

test.each(SHOWN_EVENTS)("%s comes back from its line as it was", (_, events) => {
  fc.assert(
    fc.property(events, (event) => {
      expect(readFrom(jsonSafe(outgoingOf(event, NOW)))).toEqual(event);
    }),
  );
});

test("what a reader does not know is ignored, and what is malformed is no line", () => {
  const line = outgoingOf(message(ALICE, "#lobby", "hi"), NOW);
  const more = { ...line, mood: "good", from: { ...ALICE, hat: true } };
  expect(readFrom(JSON.stringify(more))).toEqual(message(ALICE, "#lobby", "hi"));

  expect(parseOutgoingLine(JSON.stringify({ ...line, type: "weather" }))).toBeUndefined();
  expect(parseOutgoingLine(JSON.stringify({ ...line, v: 2 }))).toBeUndefined();
  expect(parseOutgoingLine(JSON.stringify({ ...line, text: 7 }))).toBeUndefined();
  expect(parseOutgoingLine(JSON.stringify({ ...line, from: { name: "x", id: "7" } }))).toBe(
    undefined,
  );
  const lost = { v: 1, type: "server", at: "2026-11-22T14:02:07.113Z", state: "lost" };
  expect(parseOutgoingLine(JSON.stringify({ ...lost, address: "192.0.2.1:1" }))).toBeDefined();
  expect(parseOutgoingLine(JSON.stringify({ ...lost, address: "example.org:1" }))).toBeUndefined();
  for (const text of ["", "7", "[]", "null", "{", '{"v":1}']) {
    expect(parseOutgoingLine(text)).toBeUndefined();
  }
});

test("what a client does not say, or said without what is needed, is no event", () => {
  const server = serverReadyOf({ address: "[::]:3478", id: ME.id, key: "k" }, NOW);
  expect(readFrom(jsonSafe(server))).toBeUndefined();
  const { type: _, isLate: _late, ...kept } = message(ALICE, "#lobby", "hi");
  expect(readFrom(jsonSafe(keptLineOf({ ...kept, states: null }, NOW)))).toBeUndefined();
  const doctors = { ...outgoingOf({ type: "nat", nat: null, text: "so" }, NOW), family: "IPv4" };
  expect(readFrom(jsonSafe(doctors))).toBeUndefined();

  for (const [event, field] of [
    [message(ALICE, "#lobby", "hi"), "tick"],
    [message(ALICE, "#lobby", "hi"), "seq"],
    [status("sent"), "room"],
  ] as const) {
    const line = Object.entries(outgoingOf(event, NOW)).filter(([name]) => name !== field);
    expect(parseOutgoingLine(JSON.stringify(Object.fromEntries(line)))).toBeDefined();
    expect(readFrom(JSON.stringify(Object.fromEntries(line)))).toBeUndefined();
  }
  expect(readFrom(jsonSafe(outgoingOf(ready(), NOW)))).toMatchObject({ type: "ready" });
});
