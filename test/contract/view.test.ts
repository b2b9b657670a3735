import { expect, test } from "bun:test";
import { nearest } from "../../lib/contract/nearest.ts";
import { OPEN_MAX, Receipts } from "../../lib/contract/receipts.ts";
import { normalTarget, typedTarget } from "../../lib/contract/target.ts";
import { PEOPLE_MAX } from "../../lib/contract/people.ts";
import { SAID_MAX } from "../../lib/contract/ownwords.ts";
import { View } from "../../lib/contract/view.ts";
import { ALICE, BOB, ME, message, peer, peerId, ready, status } from "./events.ts";

test("whoever speaks or connects is known, by the latest name", () => {
  const view = new View([]);

  view.handleEvent(message(BOB, "#lobby", "hi"));
  view.handleEvent(peer({ ...BOB, name: "robert" }, "connected"));

  expect(view.person(BOB.id)).toMatchObject({ who: { name: "robert" }, state: "connected" });
  expect(view.peopleCalled("@robert~b0b")).toHaveLength(1);
  expect(view.peopleCalled("@robert~c")).toEqual([]);
  expect(view.peopleCalled("@bob")).toEqual([]);
});

test("another person of one's own name is told apart too", () => {
  const view = new View([]);
  const other = { name: ME.name, id: peerId("4f2a91c0d") };

  view.handleEvent(ready());
  view.handleEvent(peer(other, "connected"));

  expect(view.nameOf(other)).toBe("me~4f2a91c0d");
  expect(view.nameOf(ALICE)).toBe("alice");
});

test("of a node that comes after another, nothing counts that was so at the one before", () => {
  const view = new View([]);
  const at = (...rooms: readonly string[]) => {
    const entered = rooms.map((room) => ({ room, isPrivate: false }));
    return { ...ready(), rooms: entered, blocked: [ALICE] };
  };
  view.handleEvent({ ...at("#lobby", "#dev"), blocked: [BOB] });
  view.handleEvent(peer(ALICE, "connected"));
  view.handleEvent(peer(BOB, "unreachable", "no path"));
  view.handleEvent({ type: "presence", who: ALICE, state: "away" });

  view.handleEvent(at("#ops", "#lobby"));

  expect(view.rooms).toEqual(["#ops", "#lobby"]);
  const unmet = { state: undefined, path: null, reason: null, presence: "online" };
  expect(view.person(ALICE.id)).toMatchObject({ ...unmet, isBlocked: true, trust: "known" });
  expect(view.person(BOB.id)).toMatchObject({ ...unmet, isBlocked: false });
});

test("an own message is known by its request first, then by its id", () => {
  const view = new View(["#lobby"]);
  view.handleCommand({ type: "send", req: "1", to: "@bob", text: "hello" });

  view.handleEvent(status("queued", { req: "1", id: "x" }));
  view.handleEvent(status("sent", { req: "1", id: "x" }));

  expect(view.said("x")).toEqual({
    room: "@bob",
    text: "hello",
    what: undefined,
    state: "sent",
  });
});

test("what the disk refused is told by its own words, and cannot be spoken of", () => {
  const view = new View(["#lobby"]);
  const say = (req: string) => {
    view.handleCommand({ type: "send", req, to: "#lobby", text: `words ${req}` });
  };
  for (const req of ["1", "2", "3"]) say(req);

  view.handleEvent(status("failed", { req: "1", id: "lost-1", room: "#lobby" }));
  view.handleEvent(status("failed", { req: "2", id: "x", room: "#lobby" }));
  view.handleEvent(status("queued", { req: "3", id: "x", room: "#lobby" }));

  expect(view.said("lost-1")).toMatchObject({ text: "words 1", state: "failed" });
  expect(view.said("x")).toMatchObject({ text: "words 3", state: "queued" });
  expect(view.recent.last("#lobby", 10).map(({ id, text }) => [id, text])).toEqual([
    ["x", "words 3"],
  ]);
});

test("a message is changed, or gone, when that is kept, and not where it is refused", () => {
  const view = new View(["#lobby"]);
  view.handleCommand({ type: "send", req: "1", to: "#lobby", text: "hello" });
  view.handleEvent(status("queued", { req: "1", id: "x", room: "#lobby" }));

  view.handleCommand({ type: "edit", req: "2", id: "x", text: "hello all" });
  view.handleEvent(status("failed", { req: "2", id: "lost-1", room: "#lobby" }));
  view.handleCommand({ type: "delete", req: "3", id: "x" });
  view.handleEvent({ type: "error", req: "3", code: "REFUSED", text: "no" });
  expect(view.recent.get("x")?.text).toBe("hello");
  view.handleCommand({ type: "edit", req: "4", id: "x", text: "hello you" });
  view.handleEvent(status("queued", { req: "4", id: "y", room: "#lobby" }));
  expect(view.recent.get("x")?.text).toBe("hello you");
  view.handleCommand({ type: "delete", req: "5", id: "x" });
  view.handleEvent(status("queued", { req: "5", id: "z", room: "#lobby" }));

  expect(view.recent.get("x")).toBeUndefined();
});

/** A view in which these were said, with ids `m1` and so on. */
function said(...texts: readonly string[]): View {
  const view = new View(["#lobby"]);
  view.handleEvent(ready());
  for (const [i, text] of texts.entries()) {
    const req = String(i + 1);
    view.handleCommand({ type: "send", req, to: "#lobby", text });
    view.handleEvent(status("queued", { req, id: `m${req}`, room: "#lobby" }));
  }
  return view;
}

/** They get the ids of those behind them, the last first. */
function moveAll(view: View, ...ids: readonly number[]): void {
  for (const was of ids.toReversed()) {
    const about = { id: `m${was + 1}`, was: `m${was}`, room: "#lobby", req: String(was) };
    view.handleEvent(status("queued", about));
  }
}

test("messages that have got other ids, one that of another, are the same by those", () => {
  const view = said("one", "two", "three");

  moveAll(view, 1, 2, 3);

  expect(view.said("m1")).toBeUndefined();
  expect(["m2", "m3", "m4"].map((id) => view.said(id)?.text)).toEqual(["one", "two", "three"]);
  expect(view.recent.last("#lobby", 9).map(({ id, text, number }) => [id, text, number])).toEqual([
    ["m2", "one", 1],
    ["m3", "two", 2],
    ["m4", "three", 3],
  ]);
  expect(view.recent.ownLast("#lobby")).toMatchObject({ id: "m4", text: "three" });
});

test("a change that is under way when its message gets another id is made of that message", () => {
  const view = said("one", "tow");
  view.handleCommand({ type: "edit", req: "e", id: "m2", text: "two" });

  moveAll(view, 1, 2);
  view.handleEvent(status("queued", { req: "e", id: "m4", room: "#lobby" }));

  expect(view.recent.last("#lobby", 9).map(({ id, text }) => [id, text])).toEqual([
    ["m2", "one"],
    ["m3", "two"],
  ]);
});

test("the last page, what waits and what is read are known by the other id, too", () => {
  const view = said("one", "two");
  const { id, ...rest } = { ...message(ME, "#lobby", "one"), id: "m1", states: [] };
  const kept = [
    { ...rest, id },
    { ...rest, id: "m2" },
  ];
  const page = { room: "#lobby", messages: kept, hasBefore: false, hasAfter: false, damaged: 0 };
  view.handleEvent({ type: "reply", req: "h", command: "history", ...page });
  const waiting = kept.map((one) => Object.assign({ to: [BOB], heldBy: [] }, one));
  view.handleEvent({ type: "reply", req: "o", command: "outbox", messages: waiting, more: 0 });
  view.handleEvent({ type: "unread", room: "#lobby", unread: 0, upTo: "m2" });

  moveAll(view, 1, 2);

  expect(view.page).toEqual({ room: "#lobby", firstId: "m2", lastId: "m3" });
  expect(view.waiting).toEqual(["m2", "m3"]);
  expect(view.unread.upTo("#lobby")).toBe("m3");
});

test("what was said otherwise before it went out is the same message, with its new words", () => {
  const view = new View(["#lobby"]);
  view.handleCommand({ type: "send", req: "1", to: "@bob", text: "waves", action: true });
  view.handleEvent(status("queued", { req: "1", id: "x", room: "@bob" }));

  view.handleCommand({ type: "edit", req: "2", id: "x", text: "bows" });
  view.handleEvent(status("queued", { req: "2", id: "x", room: "@bob", isReworded: true }));
  view.handleEvent(status("sent", { req: "1", id: "x", room: "@bob" }));
  view.handleEvent(status("sent", { req: "2", id: "x", room: "@bob", isReworded: true }));

  expect(view.recent.get("x")?.text).toBe("bows");
  expect(view.said("x")).toEqual({ room: "@bob", text: "bows", what: "action", state: "sent" });
});

test("what an error answered was never said", () => {
  const view = new View(["#lobby"]);
  view.handleCommand({ type: "send", req: "1", to: "@bob", text: "hello" });
  view.handleEvent({ type: "error", req: "1", code: "NO_PEER", text: "nobody" });

  view.handleEvent(status("queued", { req: "1", id: "x" }));

  expect(view.said("x")).toBeUndefined();
});

test("the oldest messages and people are forgotten at the limits, connected ones are not", () => {
  const view = new View(["#lobby"]);
  view.handleEvent(peer(BOB, "connected"));

  for (let i = 0; i <= SAID_MAX; i++) {
    view.handleCommand({ type: "send", req: String(i), to: "#lobby", text: String(i) });
    view.handleEvent(status("queued", { req: String(i), id: `id${i}` }));
  }
  for (let i = 0; i < PEOPLE_MAX; i++) {
    const id = peerId(`cc${i.toString(16).padStart(6, "0")}`);
    view.handleEvent(message({ name: "crowd", id }, "#lobby", "hi"));
  }

  expect(view.said("id0")).toBeUndefined();
  expect(view.said(`id${SAID_MAX}`)?.text).toBe(String(SAID_MAX));
  expect(view.peopleCalled("#lobby")).toHaveLength(PEOPLE_MAX);
  expect(view.person(BOB.id)).toBeDefined();
});

test("a direct message waits for one receipt, a room's for one of every recipient", () => {
  const receipts = new Receipts();
  receipts.handleStatus(status("queued", { id: "d" }));
  receipts.handleStatus(status("queued", { id: "r", room: "#lobby" }));

  receipts.handleStatus(status("delivered", { id: "d", by: BOB }));
  receipts.handleStatus(status("delivered", { id: "r", room: "#lobby", by: BOB }));
  expect(receipts.open.map(({ id }) => id)).toEqual(["r"]);
  receipts.expect("#lobby", new Set([ALICE.id, BOB.id]));
  expect(receipts.open).toHaveLength(1);
  receipts.handleStatus(status("delivered", { id: "r", room: "#lobby", by: ALICE }));

  expect(receipts.open).toEqual([]);
});

test("of more messages than an outbox keeps, the oldest are not waited for", () => {
  const receipts = new Receipts();

  for (let i = 0; i <= OPEN_MAX; i++) {
    receipts.handleStatus(status("queued", { id: `r${i}`, room: "#lobby" }));
  }

  expect(receipts.open).toHaveLength(OPEN_MAX);
  expect(receipts.open[0]?.id).toBe("r1");
});

test("in a room, one member's refusal leaves the others to be waited for", () => {
  const receipts = new Receipts();
  receipts.expect("#lobby", new Set([ALICE.id, BOB.id]));
  receipts.handleStatus(status("queued", { id: "r", room: "#lobby" }));

  const reason = "bob is not in that room";
  receipts.handleStatus(status("failed", { id: "r", room: "#lobby", by: BOB, reason }));
  expect(receipts.open).toHaveLength(1);
  receipts.handleStatus(status("delivered", { id: "r", room: "#lobby", by: ALICE }));

  expect(receipts.open).toEqual([]);
  expect(receipts.refusals).toEqual([reason]);
});

test.each([
  ["#lobby", "#lobby"],
  ["@bob", "@bob"],
  ["@bob~91c0aa17", "@bob~91c0aa17"],
  ["@Zoe\u0308", "@Zo\u00eb"],
  ["bob", undefined],
  ["#", undefined],
  ["@", undefined],
  ["@bob~", undefined],
  ["@bob~XY", undefined],
  ["@bob~1~2", undefined],
  ["@a\nb", undefined],
  ["", undefined],
])("where %j goes is %j", (text, target) => {
  expect(normalTarget(text)).toBe(target);
});

test("what people type may leave the @ out", () => {
  expect(typedTarget("bob")).toBe("@bob");
  expect(typedTarget("#dev")).toBe("#dev");
  expect(typedTarget("")).toBeUndefined();
});

test.each([
  ["sevrer", "server"],
  ["clinet", "client"],
  ["demo", "demo"],
  ["x", undefined],
  ["frobnicate", undefined],
])("what was probably meant by %j is %j", (typed, meant) => {
  expect(nearest(typed, ["client", "server", "demo"])).toBe(meant);
});

test("one talks in a room of an earlier run where none is asked for, and is in all of them", () => {
  const rooms = [
    { room: "#ops", isPrivate: false },
    { room: "#den", isPrivate: true },
  ];
  const left = new View([]);
  left.handleEvent({ ...ready(), rooms });
  expect(left.rooms).toEqual(["#ops", "#den"]);
  expect(left.room).toBe("#den");

  const asked = new View(["#lobby", "#ops"]);
  asked.handleEvent({ ...ready(), rooms });
  expect(asked.rooms).toEqual(["#den", "#lobby", "#ops"]);
});
