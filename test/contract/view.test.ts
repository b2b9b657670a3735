import { expect, test } from "bun:test";
import { nearest } from "../../lib/contract/nearest.ts";
import { OPEN_MAX, Receipts } from "../../lib/contract/receipts.ts";
import { normalTarget, typedTarget } from "../../lib/contract/target.ts";
import { PEOPLE_MAX } from "../../lib/contract/people.ts";
import { SAID_MAX, View } from "../../lib/contract/view.ts";
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
