import { expect, test } from "bun:test";
import type { PeerEvent } from "../../lib/node/events.ts";
import type { KeptMessageEvent } from "../../lib/node/sayings.ts";
import { PlainFace } from "../../lib/ui/plain.ts";
import { ALICE, BOB, ME, message, NOW, ready, status } from "../contract/events.ts";
import { Recorder } from "./recorder.ts";

function begin(isWatched: boolean) {
  const door = new Recorder();
  const options = { rooms: ["#lobby"], awaitsServer: true, isWatched, stay: false, isTyped: true };
  const face = new PlainFace(options, door);
  face.handleEvent(NOW, ready());
  door.lines.length = 0;
  return { face, door };
}

const said = (id: string, room = "#lobby"): PeerEvent => ({ ...message(BOB, room, id), id });

/** What was told to be read, by the ids. */
function readOf({ commands }: Recorder): string[] {
  return commands.flatMap((command) => (command.type === "read" ? [command.id] : []));
}

test("on a terminal the last that is written of each room counts as read, at once", () => {
  const { face, door } = begin(true);
  for (const event of [said("a"), said("b"), said("c", "@bob")]) face.handleEvent(NOW, event);

  face.handleTimeout(face.pollTimeout());

  expect(readOf(door)).toEqual(["b", "c"]);
});

test("what has another id by the time that it is told counts by that", () => {
  const { face, door } = begin(true);
  const own: KeptMessageEvent = { ...message(ME, "#lobby", "mine"), id: "m1", states: [] };
  const page = { room: "#lobby", messages: [own], hasBefore: false, hasAfter: false, damaged: 0 };
  face.handleEvent(NOW, { type: "reply", req: "h", command: "history", ...page });

  face.handleEvent(NOW, status("queued", { id: "m2", was: "m1", room: "#lobby" }));
  face.handleTimeout(face.pollTimeout());

  expect(readOf(door)).toEqual(["m2"]);
});

test("of history that is written in its order, what came last counts as read", () => {
  const { face, door } = begin(true);
  const { type, ...rest } = message(BOB, "#lobby", "");
  face.handleEvent(NOW, { ...rest, type, id: "later", sentAtMs: NOW - 8_000 });
  face.handleEvent(NOW, { ...rest, type, id: "earlier", sentAtMs: NOW - 9_000, isLate: true });
  face.handleTimeout(NOW + 2_000);

  expect(readOf(door)).toEqual(["earlier"]);
});

test("what comes faster is told a few times a second, and before one leaves", () => {
  const { face, door } = begin(true);
  face.handleEvent(NOW, said("a"));
  face.handleTimeout(NOW);
  face.handleEvent(NOW + 10, said("b"));
  face.handleTimeout(NOW + 10);
  face.handleEvent(NOW + 20, said("c"));
  const dueAtMs = face.pollTimeout();

  face.handleTimeout(dueAtMs);
  face.handleEvent(dueAtMs, said("d"));
  face.handleLine(dueAtMs + 1, "/quit");

  expect(dueAtMs).toBe(NOW + 300);
  expect(readOf(door)).toEqual(["a", "c", "d"]);
  expect(door.commands.at(-1)).toEqual({ type: "quit" });
});

test("what is being gathered is told before a signal ends the program", () => {
  const { face, door } = begin(true);
  face.handleEvent(NOW, said("a"));
  face.handleTimeout(NOW);
  face.handleEvent(NOW + 10, said("b"));

  face.handleLeaving(NOW + 20);
  face.handleLeaving(NOW + 20);

  expect(readOf(door)).toEqual(["a", "b"]);
});

test("a pipe reads nothing by itself, and /read says what was", () => {
  const { face, door } = begin(false);
  face.handleEvent(NOW, said("a"));
  face.handleEvent(NOW, said("b"));
  expect(face.pollTimeout()).toBe(Infinity);

  face.handleLine(NOW, "/read ^1");
  face.handleLine(NOW, "/read");

  expect(readOf(door)).toEqual(["a", "b"]);
});

test("a page of history is read to its end, and what a search finds is not", () => {
  const { face, door } = begin(true);
  const kept = (id: string): KeptMessageEvent => {
    return { ...message(ALICE, "#lobby", id), id, states: null };
  };
  const found = { text: "x", messages: [kept("hit")], hasMore: false, unsearched: 0, damaged: 0 };
  const page = { messages: [kept("x"), kept("y")], hasBefore: true, hasAfter: false, damaged: 0 };
  face.handleEvent(NOW, { type: "reply", req: "1", command: "search", ...found });
  expect(readOf(door)).toEqual([]);
  face.handleEvent(NOW, {
    type: "reply",
    req: "2",
    command: "history",
    room: "#lobby",
    ...page,
  });
  face.handleTimeout(NOW);

  expect(readOf(door)).toEqual(["y"]);
});

test("at first it says where something was left unread, and nothing of nothing", () => {
  const { face, door } = begin(true);
  face.handleTimeout(face.pollTimeout());
  const [asked] = door.commands;
  if (asked?.type !== "unread") throw new Error("Nothing was asked");
  const { req } = asked;
  const rooms = [
    { room: "#lobby", unread: 3, upTo: null },
    { room: "#dev", unread: 0, upTo: null },
    { room: "@bob", unread: 1000, upTo: null },
  ];
  face.handleEvent(NOW, { type: "reply", req, command: "unread", rooms });
  face.handleEvent(NOW, { type: "reply", req, command: "unread", rooms: [] });

  expect(door.lines).toEqual(["14:02 * unread: #lobby 3, @bob 1000 or more"]);
});

test("what the face has marked by itself is answered without a word", () => {
  const { face, door } = begin(true);
  face.handleEvent(NOW, said("a"));
  face.handleTimeout(NOW);
  const [marked] = door.commands;
  if (marked?.type !== "read") throw new Error("Nothing was marked");
  const { req, id } = marked;
  door.lines.length = 0;
  face.handleEvent(NOW, { type: "unread", room: "#lobby", unread: 0, upTo: id });
  face.handleEvent(NOW, { type: "reply", req, command: "read", id });
  face.handleEvent(NOW, { type: "error", req, code: "INTERNAL", text: "The disk refuses" });

  expect(door.lines).toEqual([]);
});

test("who has read one's words is told with those who read at the same time", () => {
  const { face, door } = begin(false);
  face.handleLine(NOW, "hello");
  const about = { req: "1", room: "#lobby" };
  for (const state of ["queued", "sent"] as const) face.handleEvent(NOW, status(state, about));
  door.lines.length = 0;
  for (const by of [BOB, ALICE]) face.handleEvent(NOW, status("delivered", { ...about, by }));
  face.handleEvent(NOW, status("read", { ...about, by: BOB }));
  face.handleTimeout(face.pollTimeout());
  face.handleEvent(NOW + 1000, status("read", { ...about, by: ALICE }));
  face.handleTimeout(face.pollTimeout());

  expect(door.lines).toEqual([
    "14:02 * delivered to alice: hello",
    "14:02 * read by bob: hello",
    "14:02 * read by alice: hello",
  ]);
});
