import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { parsePeerLine, parseServerLine } from "../../lib/contract/incoming.ts";
import { TEXT_BYTES_MAX } from "../../lib/wire/limits.ts";

test.each([
  [
    { req: "r1", type: "send", to: "#lobby", text: "hi" },
    { req: "r1", type: "send", to: "#lobby", text: "hi" },
  ],
  [
    { type: "send", to: "@bob~91c0aa17", text: "\u0000 stays \u202e" },
    { req: null, type: "send", to: "@bob~91c0aa17", text: "\u0000 stays \u202e" },
  ],
  [
    { req: null, type: "list" },
    { req: null, type: "list" },
  ],
  [
    { req: "r3", type: "peer", number: 2 },
    { req: "r3", type: "peer", number: 2 },
  ],
  [
    { req: "r4", type: "punch" },
    { req: "r4", type: "punch", to: null },
  ],
  [
    { req: "r5", type: "punch", to: "@bob" },
    { req: "r5", type: "punch", to: "@bob" },
  ],
  [
    { req: "r7", type: "register" },
    { req: "r7", type: "register" },
  ],
  [
    { req: "r7", type: "why", to: "@bob" },
    { req: "r7", type: "why", to: "@bob" },
  ],
  [
    { req: "r6", type: "join", room: "#dev", extra: { deep: [1] } },
    { req: "r6", type: "join", room: "#dev" },
  ],
  [
    { req: "r8", type: "join", room: "#dev", secret: "correct horse e\u0301" },
    { req: "r8", type: "join", room: "#dev", secret: "correct horse \u00e9" },
  ],
  [
    { type: "join", room: "#dev", secretFile: "/run/secret" },
    { req: null, type: "join", room: "#dev", secretFile: "/run/secret" },
  ],
  [
    { req: "r9", type: "new", room: "#dev" },
    { req: "r9", type: "new", room: "#dev" },
  ],
  [
    { req: "r10", type: "invite", room: "#dev" },
    { req: "r10", type: "invite", room: "#dev" },
  ],
  [
    { type: "send", to: "#lobby", text: "waves", action: true, replyTo: "m1" },
    { req: null, type: "send", to: "#lobby", text: "waves", action: true, replyTo: "m1" },
  ],
  [
    { type: "edit", id: "m1", text: "better" },
    { req: null, type: "edit", id: "m1", text: "better" },
  ],
  [
    { type: "delete", id: "m1" },
    { req: null, type: "delete", id: "m1" },
  ],
  [
    { type: "react", id: "m1", emoji: "👍" },
    { req: null, type: "react", id: "m1", emoji: "👍", on: true },
  ],
  [
    { type: "react", id: "m1", emoji: "+1", on: false },
    { req: null, type: "react", id: "m1", emoji: "👍", on: false },
  ],
  [
    { type: "topic", room: "#dev", topic: "boats" },
    { req: null, type: "topic", room: "#dev", topic: "boats" },
  ],
  [
    { type: "topic", room: "#dev" },
    { req: null, type: "topic", room: "#dev", topic: null },
  ],
  [
    { type: "rooms", req: "r11" },
    { type: "rooms", req: "r11" },
  ],
  [
    { type: "draft", to: "@Zoe\u0308", text: "" },
    { req: null, type: "draft", to: "@Zo\u00eb", text: "", replyTo: null },
  ],
  [
    { type: "draft", req: "d1", to: "#dev", text: "so far", replyTo: "m1" },
    { type: "draft", req: "d1", to: "#dev", text: "so far", replyTo: "m1" },
  ],
  [
    { type: "node", req: "n1" },
    { type: "node", req: "n1" },
  ],
  [
    { type: "web", req: "w1" },
    { type: "web", req: "w1" },
  ],
  [{ type: "doctor" }, { req: null, type: "doctor" }],
  [{ type: "stop" }, { req: null, type: "stop" }],
])("%j is understood", (line, command) => {
  const incoming: unknown = parsePeerLine(JSON.stringify(line));

  expect(incoming).toEqual({ command });
});

test("what is being written is no longer than what may be said", () => {
  const draft = { type: "draft", to: "@bob", text: "x".repeat(TEXT_BYTES_MAX) };

  expect(parsePeerLine(JSON.stringify(draft))).toMatchObject({ command: draft });
  const longer = { ...draft, text: `${draft.text}x` };
  expect(parsePeerLine(JSON.stringify(longer))).toMatchObject({
    error: { text: `"text" must be at most ${TEXT_BYTES_MAX} bytes long` },
  });
});

test("names are taken in normal form C", () => {
  const line = JSON.stringify({ type: "send", to: "@Zoe\u0308", text: "hi" });

  expect(parsePeerLine(line)).toMatchObject({ command: { to: "@Zo\u00eb" } });
});

test.each([
  ["", "not a JSON object"],
  ["nonsense", "not a JSON object"],
  ["[]", "not a JSON object"],
  ["null", "not a JSON object"],
  ['"send"', "not a JSON object"],
  ["{}", '"type" is missing'],
  ['{"type":"frob"}', 'Unknown type "frob": use send, edit'],
  ['{"type":"__proto__"}', "Unknown type"],
  ['{"type":"join","room":"#dev","secret":"short"}', "8 to 256 bytes"],
  ['{"type":"join","room":"#dev","secret":"two\\nlines are not one"}', "control characters"],
  ['{"type":"join","room":"#dev","secret":12345678}', "8 to 256 bytes"],
  ['{"type":"join","room":"#dev","secretFile":""}', "path of a file"],
  ['{"type":"invite"}', '"room" is missing'],
  ['{"type":"send","to":"#lobby"}', '"text" is missing'],
  ['{"type":"send","to":"#lobby","text":""}', '"text" must not be empty'],
  ['{"type":"send","to":"bob","text":"hi"}', '"to" must be'],
  ['{"type":"send","to":"@a b","text":"hi"}', '"to" must be'],
  ['{"type":"send","to":"@bob~XYZ","text":"hi"}', '"to" must be'],
  ['{"type":"send","text":"hi"}', '"to" is missing'],
  ['{"type":"why","to":"#lobby"}', '"to" must be "@name" or'],
  ['{"type":"why"}', '"to" is missing'],
  ['{"type":"presence","state":"gone"}', '"state" must be "online"'],
  ['{"type":"draft","to":"bob","text":"hi"}', '"to" must be "#room", "@name"'],
  ['{"type":"typing","to":"@bob","typing":1}', '"typing" must be true or false'],
  ['{"type":"verify","to":"@bob","answer":7}', '"answer" must be a string'],
  ['{"type":"block","to":"#lobby"}', '"to" must be "@name" or'],
  ['{"type":"peer","number":0}', "whole number from 1"],
  ['{"type":"peer","number":1.5}', "whole number from 1"],
  ['{"type":"peer","number":"2"}', "whole number from 1"],
  ['{"type":"join","room":"dev"}', '"room" must be'],
  ['{"type":"retain","room":"#dev","keep":"some"}', '"keep" must be forever'],
  ['{"type":"retain","room":"#dev","keep":"0d"}', '"keep" must be forever'],
  ['{"type":"search"}', '"text" is missing'],
  [`{"type":"search","text":"${"x".repeat(513)}"}`, '"text" must be at most 512 characters long'],
  ['{"type":"history","room":"dev"}', '"room" must be'],
  ['{"type":"history","with":"#dev"}', '"with" must be'],
  ['{"type":"history","room":"#dev","limit":0}', '"limit" must be a whole number from 1 to 500'],
  ['{"type":"history","room":"#dev","limit":501}', '"limit" must be'],
  ['{"type":"cancel"}', '"id" is missing'],
  ['{"type":"cancel","id":5}', '"id" must be a string'],
  ['{"type":"outbox","limit":501}', '"limit" must be a whole number from 1 to 500'],
  ['{"type":"history","room":"#dev","before":5}', '"before" must be a string'],
  ['{"type":"edit","id":"m1","text":""}', '"text" must not be empty'],
  [`{"type":"edit","id":"m1","text":"${"x".repeat(65_537)}"}`, "at most 65536 bytes"],
  [`{"type":"topic","room":"#dev","topic":"${"é".repeat(513)}"}`, "at most 1024 bytes"],
  ['{"type":"react","id":"m1","emoji":"no"}', '"emoji" must be one emoji'],
  ['{"type":"react","id":"m1","emoji":"constructor"}', '"emoji" must be one emoji'],
  [`{"type":"react","id":"m1","emoji":"${"👍".repeat(2)}"}`, '"emoji" must be one emoji'],
  [`{"type":"delete","id":"${"0".repeat(129)}"}`, '"id" must be a message\'s id'],
  ['{"type":"list","req":7}', '"req" must be a string'],
])("%s is answered with what is wrong", (line, words) => {
  const incoming = parsePeerLine(line);

  expect("error" in incoming && incoming.error.text).toContain(words);
});

test("the error of a wrong line carries the line's own mark", () => {
  const incoming = parsePeerLine('{"req":"r9","type":"peer"}');

  expect(incoming).toMatchObject({ error: { req: "r9" } });
});

test("a text may be 65 536 bytes long and no longer", () => {
  const line = (text: string): string => JSON.stringify({ type: "send", to: "#lobby", text });

  expect(parsePeerLine(line("é".repeat(32_768)))).toHaveProperty("command");
  expect(parsePeerLine(line(`${"é".repeat(32_768)}x`))).toHaveProperty("error");
});

test("a line of absurd length is refused before it is parsed", () => {
  const incoming = parsePeerLine("[".repeat(401_409));

  expect("error" in incoming && incoming.error.text).toContain("longer than");
});

test("the server takes its own commands and no others", () => {
  expect(parseServerLine('{"req":"a","type":"punch"}')).toEqual({
    command: { req: "a", type: "punch" },
  });
  expect(parseServerLine('{"type":"quit"}')).toMatchObject({ command: { type: "quit" } });
  expect(parseServerLine('{"type":"send","to":"#lobby","text":"hi"}')).toHaveProperty("error");
});

test("any line yields a command or an error of one line", () => {
  const lines = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc
      .record({ type: fc.constantFrom("send", "peer", "punch", "who"), to: fc.anything() })
      .map((value) => JSON.stringify(value) ?? ""),
  );
  fc.assert(
    fc.property(lines, (line) => {
      const incoming = parsePeerLine(line);

      expect("command" in incoming || !/[\n\r]/.test(incoming.error.text)).toBe(true);
    }),
  );
});
