import { expect, test } from "bun:test";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { type Content, encodeContent } from "../../lib/wire/content.ts";
import {
  BODY_BYTES_MAX,
  REACTION_BYTES_MAX,
  TEXT_BYTES_MAX,
  TOPIC_TEXT_BYTES_MAX,
} from "../../lib/wire/limits.ts";
import { forge } from "./forge.ts";
import { World } from "./world.ts";

const EDIT = 4;
const REACTION = 6;

function scene() {
  const world = new World("eve", "ann");
  const room = world.meet("#lobby");
  const [eve, ann] = [world.person(0), world.person(1)];
  const tell = (content: { readonly type: number; readonly body: Uint8Array }, seq = 1) => {
    const { bytes } = forge({ room, author: eve.id, seq, ...content });
    world.inject(eve, ann, { kind: "entries", run: bytes });
  };
  return { world, room, eve, ann, tell };
}

test.each<[string, (ann: string) => { readonly type: number; readonly body: Uint8Array }]>([
  ["an edit of itself", () => encodeContent({ kind: "edit", seq: 1, text: "again" })],
  ["an edit of what is to come", () => encodeContent({ kind: "edit", seq: 9, text: "again" })],
  ["a deletion of what is to come", () => encodeContent({ kind: "delete", seq: 2 })],
  ["an edit without a text", () => ({ type: EDIT, body: Uint8Array.of(0, 0, 0, 0, 0, 1) })],
  ["an edit of nothing", () => ({ type: EDIT, body: Uint8Array.of(0, 0, 0, 0, 0, 0, 0x78) })],
  ["a deletion with more than a seq", () => ({ type: 5, body: new Uint8Array(7).fill(1) })],
  ["a reaction of 64 KiB", () => ({ type: REACTION, body: new Uint8Array(65_536).fill(1) })],
  ["a reaction that is neither on nor off", () => ({ type: REACTION, body: reaction(2, "👍") })],
  [
    "a reaction that is too long",
    () => ({ type: REACTION, body: reaction(1, "x".repeat(REACTION_BYTES_MAX + 1)) }),
  ],
  ["an action that is not UTF-8", () => ({ type: 3, body: Uint8Array.of(0xff) })],
  ["an empty text", () => ({ type: 1, body: new Uint8Array(0) })],
  [
    "a text that is too long",
    () => ({ type: 1, body: encodeUtf8("x".repeat(TEXT_BYTES_MAX + 1)) }),
  ],
  [
    "a topic that is too long",
    () => ({ type: 7, body: encodeUtf8("x".repeat(TOPIC_TEXT_BYTES_MAX + 1)) }),
  ],
])("%s is refused, and not kept", (_, make) => {
  const { ann, tell } = scene();

  tell(make(ann.id));

  expect(ann.of("refused").map(({ fault }) => fault)).toEqual(["content"]);
  expect(ann.store.entries()).toEqual([]);
  expect(ann.of("message")).toEqual([]);
});

test("an edit touches its author's own chain alone, whatever seq it names", () => {
  const { world, room, eve, ann, tell } = scene();
  ann.chat.send(world.now, { kind: "room", room }, "ann's", null);
  world.settle();
  tell(encodeContent({ kind: "text", text: "eve's" }));

  tell(encodeContent({ kind: "edit", seq: 1, text: "eve again" }), 2);

  const quotes = ann.store.load({
    kind: "quotes",
    room,
    names: [
      { author: ann.id, seq: 1 },
      { author: eve.id, seq: 1 },
    ],
    isAmendedOnly: false,
  });
  expect(quotes).toMatchObject({ quotes: [{ text: "ann's" }, { text: "eve again" }] });
});

test("the longest text fits an answer, an action and an edit, and one byte more does not", () => {
  const { world, room, eve, ann } = scene();
  const destination = { kind: "room", room } as const;
  const text = "x".repeat(TEXT_BYTES_MAX);
  const said = (longer: string): Exclude<Content, { kind: "text" }>[] => [
    { kind: "reply", to: { author: ann.id, seq: 1 }, text: longer },
    { kind: "action", text: longer },
    { kind: "edit", seq: 1, text: longer },
  ];
  eve.chat.send(world.now, destination, "first", null);

  for (const one of said(text)) {
    expect(eve.chat.send(world.now, destination, one, null).ok).toBe(true);
    world.settle();
  }
  for (const one of said(`${text}x`)) {
    const result = eve.chat.send(world.now, destination, one, null);
    expect(result).toEqual({ ok: false, reason: "too-long" });
  }

  const bodies = ann.store.entries().map(({ body }) => body.length);
  expect(bodies.slice(1)).toEqual([BODY_BYTES_MAX, TEXT_BYTES_MAX, 6 + TEXT_BYTES_MAX]);
});

test("a topic and a reaction are as short as they are read", () => {
  const { world, room, eve, ann } = scene();
  const to = { author: ann.id, seq: 1 };
  const long = "x".repeat(TOPIC_TEXT_BYTES_MAX + 1);
  const send = (said: Exclude<Content, { kind: "text" }>) =>
    eve.chat.send(world.now, { kind: "room", room }, said, null);

  expect(send({ kind: "topic", text: long })).toEqual({ ok: false, reason: "too-long" });
  expect(send({ kind: "reaction", to, isOn: true, emoji: long }).ok).toBe(false);
  for (const text of ["", "\u202e"]) {
    expect(send({ kind: "edit", seq: 1, text })).toEqual({ ok: false, reason: "empty" });
  }
  expect(send({ kind: "topic", text: "" }).ok).toBe(true);
});

test("entries of every type are told once, across a restart too", () => {
  const { world, room, eve, ann } = scene();
  const send = (said: Parameters<typeof eve.chat.send>[2]) =>
    eve.chat.send(world.now, { kind: "room", room }, said, null);
  send("first");
  send({ kind: "edit", seq: 1, text: "1st" });
  send({ kind: "topic", text: "numbers" });
  world.settle();
  const before = ann.of("message").length;

  world.restart(ann);
  world.settle();

  expect(before).toBe(3);
  expect(ann.of("message").length).toBe(3);
});

function reaction(on: number, emoji: string): Uint8Array {
  const { body } = encodeContent({
    kind: "reaction",
    to: { author: scene().ann.id, seq: 1 },
    isOn: true,
    emoji: "x",
  });
  return Uint8Array.from([...body.subarray(0, 38), on, ...encodeUtf8(emoji)]);
}
