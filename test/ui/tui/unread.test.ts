import { expect, test } from "bun:test";
import type { RoomUnread } from "../../../lib/node/readevents.ts";
import { BOB, message, NOW, ready } from "../../contract/events.ts";
import { kept, Stage } from "./stage.ts";

const from = BOB;

/** In the lobby, after what was unread at first was told. */
function counted(rooms: readonly RoomUnread[]): Stage {
  const stage = new Stage();
  stage.answerHistory([kept(1, "one", { from }), kept(2, "two", { from })]);
  stage.tell(ready());
  stage.pass(1000);
  answerUnread(stage, rooms);
  return stage;
}

function answerUnread(stage: Stage, rooms: readonly RoomUnread[]): void {
  const { req } = stage.asked("unread");
  stage.tell({ type: "reply", req, command: "unread", rooms });
}

test("what comes before one's eyes is not new, though it is still counted as unread", () => {
  const stage = counted([{ room: "#lobby", unread: 0, upTo: "kept 2" }]);
  stage.tell(message(BOB, "#lobby", "three"));
  stage.pass(1000);
  expect(stage.asked("read")).toMatchObject({ id: "m-three" });
  stage.tell(message(BOB, "#lobby", "four"));
  // Of the two, the node knows so far that the first was read.
  stage.tell({ type: "unread", room: "#lobby", unread: 1, upTo: "m-three" });

  expect(stage.text).not.toMatch(/─ new ─/);
  expect(stage.text).not.toMatch(/#lobby +1 │/);
});

test("the room one begins in has a line above what was left unread, and counts as read", () => {
  const stage = counted([{ room: "#lobby", unread: 1, upTo: "kept 1" }]);

  expect(stage.text).toMatch(/one\n.*─ new ─+\n.*two/);
  expect(stage.text).not.toMatch(/#lobby +1 │/);
  stage.pass(1000);
  expect(stage.asked("read")).toMatchObject({ id: "kept 2" });
});

test("nothing counts as read before it is known what was left unread", () => {
  const stage = new Stage();
  stage.answerHistory([kept(1, "one", { from })]);
  stage.tell(ready());
  stage.pass(400);

  expect(stage.count("read")).toBe(0);
});

test("what was seen counts as read where one leaves before that is known", () => {
  for (const leave of [
    (stage: Stage) => stage.press("ctrl+c", "ctrl+c"),
    (stage: Stage) => stage.say("/quit"),
    (stage: Stage) => stage.face.handleLeaving(stage.now),
  ]) {
    const stage = new Stage();
    stage.answerHistory([kept(1, "one", { from })]);
    stage.tell(ready(), message(BOB, "#lobby", "two"));
    leave(stage);

    expect(stage.asked("read")).toMatchObject({ id: "m-two" });
    expect(stage.count("read")).toBe(1);
  }
});

test("what comes while it is still asked what was left unread is not taken for that", () => {
  const stage = new Stage();
  stage.answerHistory([kept(1, "one", { from })]);
  stage.tell(ready());
  stage.pass(1000);
  stage.tell(message(BOB, "#lobby", "two"));
  answerUnread(stage, [{ room: "#lobby", unread: 1, upTo: "kept 1" }]);

  expect(stage.text).not.toMatch(/─ new ─/);
});

test("what was said before this run began is new, though it comes before one's eyes", () => {
  const stage = counted([{ room: "#lobby", unread: 0, upTo: "kept 2" }]);
  const sentAtMs = NOW - 30_000;
  stage.tell({ ...message(BOB, "#lobby", "three"), sentAtMs });
  stage.tell({ ...message(BOB, "#lobby", "four"), sentAtMs }, message(BOB, "#lobby", "five"));

  expect(stage.text).toMatch(/two\n[^]*─ new ─+\n.*three\n.*four\n.*five/);
  expect(stage.text.match(/─ new ─/g)).toHaveLength(1);
  expect(stage.text).not.toMatch(/#lobby +\d │/);
});

test("who leaves has told what they have read", () => {
  const stage = counted([]);
  stage.tell(message(BOB, "#lobby", "three"));
  stage.pass(1);
  stage.tell(message(BOB, "#lobby", "four"));
  stage.press("ctrl+c", "ctrl+c");

  expect(stage.asked("read")).toMatchObject({ id: "m-four" });
  expect(stage.count("quit")).toBe(1);
});

test("what comes late is told as read, though it stands above what was read before", () => {
  const stage = counted([]);
  stage.tell(message(BOB, "#lobby", "now"));
  stage.pass(2000);
  stage.tell({ ...message(BOB, "#lobby", "late"), sentAtMs: NOW - 30_000, isLate: true });
  stage.pass(2000);

  expect(stage.text).toMatch(/two\n[^]*late.*\n.*now/);
  expect(stage.asked("read")).toMatchObject({ id: "m-late" });
});
