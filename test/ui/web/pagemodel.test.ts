import { expect, test } from "bun:test";
import type { MessageEvent } from "../../../lib/node/sayings.ts";
import { ALICE, BOB, ME, message, peer, status } from "../../contract/events.ts";
import { kept } from "../tui/stage.ts";
import { choosePresence, ownPresence } from "../../../lib/ui/web/model/ownpresence.ts";
import { PageStage } from "./pagestage.ts";

test("what is sent stands there at once, and bears what becomes of it", () => {
  const stage = PageStage.ready();
  stage.send("hello");

  expect(stage.texts).toEqual(["hello"]);
  const { req } = stage.last("send");
  stage.tell(status("queued", { req, id: "m1", room: "#lobby" }));
  stage.tell(status("delivered", { id: "m1", room: "#lobby", by: BOB }));

  const [said] = stage.model.current?.timeline.items ?? [];
  expect(said).toMatchObject({ id: "m1", fate: { state: "delivered", delivered: [BOB] } });
});

test("what comes while nobody looks is counted, and read once somebody does", () => {
  const stage = PageStage.ready();
  stage.model.isLookedAt = false;
  stage.tell(message(BOB, "#lobby", "are you there?"));
  stage.pass(1000);

  expect(stage.model.current?.unread.count).toBe(1);
  expect(stage.count("read")).toBe(0);
  expect(stage.model.takeWishes()).toEqual([]);

  stage.model.isLookedAt = true;
  stage.model.look(stage.now);
  stage.pass(1000);
  expect(stage.model.current?.unread.count).toBe(0);
  expect(stage.last("read").id).toBe("m-are you there?");
});

test("who is scrolled back has not seen what comes at the end", () => {
  const stage = PageStage.ready();
  stage.tell(message(BOB, "#lobby", "one"));
  const { current } = stage.model;
  if (current === undefined) throw new Error("no room");
  stage.model.scrolls.of(current).anchor = { kind: "row", key: "m-one", px: 0 };
  stage.tell(message(BOB, "#lobby", "two"));

  expect(current.unread.count).toBe(1);
  stage.model.toEnd(stage.now);
  expect(current.unread.count).toBe(0);
});

test("what names one calls, where nobody looks; the rest of a room does not", () => {
  const stage = PageStage.ready();
  stage.model.isLookedAt = false;
  stage.tell(message(BOB, "#lobby", "plain"));
  stage.pass(1000);
  expect(stage.model.takeWishes()).toEqual([]);

  stage.tell(naming("@me come"), naming("@me now"));
  stage.pass(1000);
  expect(stage.model.takeWishes()).toMatchObject([{ kind: "ring", event: { text: "@me now" } }]);
});

test("nobody is called to what they look at by then, or have read in another window", () => {
  const stage = PageStage.ready();
  stage.tell(naming("@me here"));
  stage.pass(1000);
  stage.model.isLookedAt = false;
  stage.tell(naming("@me one"));
  stage.tell({ type: "unread", room: "#lobby", unread: 0, upTo: null });
  stage.pass(1000);
  stage.tell(naming("@me two"));
  stage.model.isLookedAt = true;
  stage.model.look(stage.now);
  stage.pass(1000);

  expect(stage.model.takeWishes()).toEqual([]);
});

test("new messages of the conversation shown are told for the ear, one's own are not", () => {
  const stage = PageStage.ready();
  stage.tell(message(BOB, "#lobby", "one"), message(ME, "#lobby", "mine"));
  stage.tell(message(ALICE, "#other", "two"));

  expect(stage.model.spoken).toEqual([{ id: "m-one", text: "bob: one" }]);
});

test("what is noted in the conversation shown is told for the ear, once", () => {
  const stage = PageStage.ready();
  stage.tell(message(ALICE, "#other", "two"));
  stage.model.note(stage.now, "nothing waits");
  stage.model.note(stage.now, "of no concern here", true, stage.model.conversations.at("#other"));

  expect(stage.model.spoken.map(({ text }) => text)).toEqual(["nothing waits"]);
});

test("a message that was found is shown with what was said around it", () => {
  const stage = PageStage.ready();
  const { current } = stage.model;
  if (current === undefined) throw new Error("no room");
  stage.model.reveal(current, "kept 7", stage.now);

  expect(stage.last("history")).toMatchObject({ around: "kept 7", limit: 100 });
  const messages = [kept(6, "six"), kept(7, "seven"), kept(8, "eight")];
  stage.answerHistory(messages, true);
  expect(stage.model.chosenMessage).toBe("kept 7");
  expect(stage.model.scrolls.of(current).anchor).toMatchObject({ kind: "row", key: "kept 7" });
  expect(stage.texts).toEqual(["six", "seven", "eight"]);
});

test("drafts are told the other faces a moment after the last key, and gone once sent", () => {
  const stage = PageStage.ready();
  stage.write("he");
  stage.write("hello");
  stage.pass(400);
  expect(stage.last("draft")).toMatchObject({ to: "#lobby", text: "hello", replyTo: null });

  stage.model.writing.send(stage.now);
  expect(stage.last("draft")).toMatchObject({ text: "" });
  expect(stage.last("send")).toMatchObject({ to: "#lobby", text: "hello" });
});

test("what another face writes stands here, unless somebody types here", () => {
  const stage = PageStage.ready();
  const draft = { type: "draft", req: null, room: "#lobby", replyTo: null } as const;
  stage.tell({ ...draft, text: "from there" });
  expect(stage.model.writing.text).toBe("from there");

  stage.write("from here");
  stage.tell({ ...draft, text: "from there again" });
  expect(stage.model.writing.text).toBe("from here");
});

test("what another face writes while somebody types here stands once they type no more", () => {
  const stage = PageStage.ready();
  const draft = { type: "draft", req: null, room: "#lobby", replyTo: null } as const;
  stage.write("from here");
  stage.pass(100);
  stage.tell({ ...stage.last("draft"), room: "#lobby" });
  stage.tell({ ...draft, text: "from there" });
  stage.pass(2000);
  expect(stage.model.writing.text).toBe("from there");

  stage.write("from here again");
  stage.pass(100);
  stage.tell({ ...draft, text: "from there again" });
  stage.write("from here at last");
  stage.pass(2000);
  expect(stage.model.writing.text).toBe("from here at last");
  expect(stage.last("draft")).toMatchObject({ text: "from here at last" });
});

test("a change that is left for another room is one still when one comes back", () => {
  const stage = PageStage.ready();
  const { model } = stage;
  const lobby = model.conversations.room("#lobby");
  stage.tell({ ...message(ME, "#lobby", "old words"), id: "m1" });
  stage.write("half a thought");
  model.writing.change("m1", "old words");
  stage.write("new words");
  model.enter(model.conversations.room("#dev"), stage.now);
  stage.pass(1000);
  expect(model.writing.text).toBe("");
  expect(stage.last("draft")).toMatchObject({ to: "#lobby", text: "half a thought" });

  model.enter(lobby, stage.now);
  model.writing.send(stage.now);
  expect(stage.last("edit")).toMatchObject({ id: "m1", text: "new words" });
  expect(model.writing.text).toBe("half a thought");
});

test("the words of a change stay where its message was taken back in another face", () => {
  const stage = PageStage.ready();
  stage.tell({ ...message(ME, "#lobby", "old words"), id: "m1" });
  stage.model.writing.change("m1", "old words");
  stage.write("new words");
  stage.tell({ type: "deleted", room: "#lobby", from: ME, id: "m1" });
  stage.model.writing.send(stage.now);

  expect(stage.model.writing.text).toBe("new words");
  expect(stage.model.flash).toBe("this was taken back meanwhile: nothing was changed");
  expect(stage.count("edit")).toBe(0);
});

test("an answer is sent as one, and a change changes what was said", () => {
  const stage = PageStage.ready();
  stage.tell(message(BOB, "#lobby", "lunch?"));
  stage.model.writing.answer(stage.now, "m-lunch?");
  stage.send("yes");
  expect(stage.last("send")).toMatchObject({ text: "yes", replyTo: "m-lunch?" });

  stage.write("half a thought");
  stage.model.writing.change("m1", "old words");
  expect(stage.model.writing.text).toBe("old words");
  stage.send("new words");
  expect(stage.last("edit")).toMatchObject({ id: "m1", text: "new words" });
  expect(stage.model.writing.text).toBe("half a thought");
});

test("who types is told so once, and that they stopped", () => {
  const stage = PageStage.ready();
  stage.write("h");
  stage.write("he");
  expect(stage.count("typing")).toBe(1);
  stage.pass(4000);
  stage.write("hel");
  expect(stage.count("typing")).toBe(2);
  stage.write("");
  expect(stage.last("typing").typing).toBe(false);

  stage.write("/help");
  expect(stage.last("typing").typing).toBe(false);
});

test("commands work as everywhere; answers of several lines open a panel", () => {
  const stage = PageStage.ready();
  stage.send("/rooms");
  const { req } = stage.last("rooms");
  const lobby = { room: "#lobby", isPrivate: false, topic: null, members: 1, connected: 1 };
  stage.tell({ type: "reply", req, command: "rooms", rooms: [lobby] });
  expect(stage.model.panel).toMatchObject({ kind: "lines" });

  stage.send("/nonsense");
  expect(stage.texts.at(-1)).toContain("Unknown command /nonsense");
  stage.send("/search words");
  expect(stage.model.panel).toEqual({ kind: "search", text: "words" });
});

test("echo answers within the page, and the node hears nothing of it", () => {
  const stage = PageStage.ready();
  stage.send("/echo hi");
  stage.pass(2000);

  expect(stage.texts.slice(-2)).toEqual(["hi", "hi"]);
  expect(stage.count("send")).toBe(0);
});

test("a conversation that is opened has all of its end, whatever of it came before that", () => {
  const stage = PageStage.ready();
  stage.tell(peer(BOB, "connected"), message(BOB, "@bob", "on its way for long"));
  const { model } = stage;
  model.go(model.conversations.with(BOB), stage.now);

  expect(stage.last("history")).toMatchObject({ with: "@bob", before: null, after: null });
  const common = { room: "@bob", states: [] };
  stage.answerHistory([
    kept(1, "an old word", common),
    kept(2, "on its way for long", { room: "@bob", from: BOB, id: "m-on its way for long" }),
    kept(3, "said just before this page came", common),
  ]);

  expect(stage.texts.toSorted()).toEqual([
    "an old word",
    "on its way for long",
    "said just before this page came",
  ]);
});

test("who jumps while a page is on its way gets there, and not to that page", () => {
  const stage = PageStage.ready();
  stage.tell(peer(BOB, "connected"));
  const { model } = stage;
  const where = model.conversations.with(BOB);
  model.go(where, stage.now);
  const { req } = stage.last("history");
  model.reveal(where, "kept 7", stage.now);
  expect(stage.last("history")).toMatchObject({ around: "kept 7" });

  const rest = { room: "@bob", hasBefore: true, hasAfter: false, damaged: 0 };
  const messages = [kept(90, "at the end", { room: "@bob" })];
  stage.tell({ type: "reply", req, command: "history", messages, ...rest });
  stage.answerHistory([kept(7, "found", { room: "@bob" })], true);

  expect(stage.texts).toEqual(["found"]);
});

test("who jumps to what is not kept any more is told so, and can read all else", () => {
  const stage = PageStage.ready();
  stage.tell(peer(BOB, "connected"));
  const { model } = stage;
  const where = model.conversations.with(BOB);
  model.reveal(where, "kept 7", stage.now);
  const { req } = stage.last("history");
  stage.tell({ type: "error", req, code: "NO_PEER", text: "No message with this id is kept" });

  expect(stage.last("history")).toMatchObject({ with: "@bob", before: null, around: null });
  stage.answerHistory([kept(9, "still there", { room: "@bob" })]);
  expect(stage.texts.toSorted()).toEqual(["still there", "that message is not kept any more"]);
});

function naming(text: string): MessageEvent {
  return { ...message(BOB, "#lobby", text), mention: true };
}

test("whether one is at hand is asked by its sign, and drawn as any face has chosen it", () => {
  const stage = PageStage.ready();
  expect(ownPresence(stage.model)).toBe("");
  choosePresence(stage.model, "away");
  const { req, state } = stage.last("presence");
  expect(state).toBe("away");
  stage.tell({ type: "reply", req, command: "presence", state: "away" });
  expect(ownPresence(stage.model)).toBe("Away");
  // The sign says it: no line of the conversation does.
  expect(stage.texts).toEqual([]);

  stage.tell({ type: "reply", req: null, command: "presence", state: "busy" });
  expect(ownPresence(stage.model)).toBe("Busy");
});
