import { expect, test } from "bun:test";
import { BOB, message, NOW, peer, ready, status } from "../../contract/events.ts";
import type { KeptMessageEvent } from "../../../lib/node/sayings.ts";
import { kept, Stage } from "./stage.ts";

/** The node was killed, and this face has come to the one after it, which is in these rooms. */
function comeBack(stage: Stage, ...rooms: readonly string[]): void {
  stage.pass(1000);
  stage.tell({ ...ready(), rooms: rooms.map((room) => ({ room, isPrivate: false })) });
}

function count(stage: Stage, words: string): number {
  return stage.lines.filter((line) => line.includes(words)).length;
}

test("what was said while no node told of it is there once one does, and nothing twice", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"), message(BOB, "#lobby", "before"));

  comeBack(stage, "#lobby");
  expect(stage.asked("history")).toMatchObject({ room: "#lobby", before: null, after: null });
  stage.answerHistory([
    kept(1, "before", { id: "m-before", from: BOB }),
    kept(2, "meanwhile", { from: BOB }),
  ]);
  stage.tell(message(BOB, "#lobby", "after"));

  expect(["before", "meanwhile", "after"].map((words) => count(stage, words))).toEqual([1, 1, 1]);
});

test("what no node has taken stays where it was said", () => {
  const stage = Stage.ready();
  stage.say("into the void");
  const { req } = stage.asked("send");
  stage.tell({ type: "error", req, code: "INTERNAL", text: "The node has gone" });

  comeBack(stage, "#lobby");
  stage.answerHistory([kept(1, "before")]);

  expect(count(stage, "into the void")).toBe(1);
  expect(count(stage, "before")).toBe(1);
});

test("what was noted of what no node has answered stays, and what was cleared stays away", () => {
  const stage = Stage.ready();
  stage.tell(message(BOB, "#lobby", "before"));
  stage.say("/clear");
  stage.say("/join #dev");
  const { req } = stage.asked("join");
  const text = "The node has gone: join #dev";
  stage.tell({ type: "error", req, code: "INTERNAL", text });

  comeBack(stage, "#lobby");
  stage.answerHistory([
    kept(1, "before", { id: "m-before", from: BOB }),
    kept(2, "meanwhile", { from: BOB, sentAtMs: NOW + 1 }),
  ]);

  expect(["before", "join #dev", "meanwhile"].map((words) => count(stage, words))).toEqual([
    0, 1, 1,
  ]);
});

test("whoever reads further up is there still, and what was missed is below", () => {
  const stage = new Stage();
  stage.tell(ready());
  const lines = (from: number, to: number): KeptMessageEvent[] => {
    return Array.from({ length: to - from }, (_, i) => kept(from + i, `line ${from + i}.`));
  };
  stage.answerHistory(lines(100, 200), { hasBefore: true });
  for (let i = 0; i < 3; i++) stage.press("pageup");
  const seen = (): readonly string[] => stage.lines.filter((line) => line.includes("line 1"));
  const before = seen();
  expect(stage.text).not.toContain("line 199.");

  comeBack(stage, "#lobby");
  const { around } = stage.asked("history");
  const at = Number(around?.replace("kept ", ""));
  expect(stage.text).toContain(`line ${at}.`);
  stage.answerHistory(lines(at - 50, at + 50), { hasBefore: true, hasAfter: true });
  expect(seen()).toEqual(before);

  stage.press("ctrl+end");
  stage.answerHistory(lines(150, 250), { hasBefore: true });
  expect(stage.text).toContain("line 249.");
});

test("what a node kept and did not answer for stands once when the next one tells of it", () => {
  const stage = Stage.ready();
  for (const text of ["taken", "lost"]) {
    stage.say(text);
    const { req } = stage.asked("send");
    stage.tell({ type: "error", req, code: "INTERNAL", text: "The node has gone" });
  }
  expect(count(stage, "The node has gone")).toBe(2);

  comeBack(stage, "#lobby");
  stage.answerHistory([kept(1, "taken", { sentAtMs: NOW + 1, states: [] })]);

  expect(["taken", "lost", "The node has gone"].map((words) => count(stage, words))).toEqual([
    1, 1, 1,
  ]);
});

test("what is said and heard while the end is on its way stands there, and stays", () => {
  const stage = Stage.ready();
  stage.tell(message(BOB, "#lobby", "before"));
  comeBack(stage, "#lobby");
  stage.say("right away");
  stage.tell(message(BOB, "#lobby", "meanwhile"));
  const { req } = stage.asked("send");
  stage.tell(status("queued", { req, id: "m1", room: "#lobby" }));
  stage.answerHistory([kept(1, "before", { id: "m-before", from: BOB })]);

  const words = ["before", "right away", "meanwhile"];
  expect(words.map((word) => count(stage, word))).toEqual([1, 1, 1]);
});

test("what is written is not lost with a node that had not written it down", () => {
  const stage = Stage.ready();
  stage.type("half a thought");
  stage.pass(500);
  const { req, to: room, text, replyTo } = stage.asked("draft");
  stage.tell({ type: "draft", req, room, text, replyTo });
  stage.face.handleAway(stage.now, true);
  stage.pass(5000);
  comeBack(stage, "#lobby");

  expect(stage.asked("draft")).toMatchObject({ to: "#lobby", text: "half a thought" });
  stage.pass(5000);
  expect(count(stage, "half a thought")).toBe(1);
});

test("the last line says that the node is away, and then how one stands by the new one", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"));
  expect(stage.lines.at(-1)).toMatch(/server ok.*1 direct/);

  stage.face.handleAway(stage.now, true);
  expect(stage.lines.at(-1)).toStartWith(" me  the node has gone, waiting for it to come back");
  expect(stage.lines.at(-1)).not.toMatch(/server|direct/);

  stage.face.handleAway(stage.now, false);
  stage.tell({ ...ready(), server: null });
  expect(stage.lines.at(-1)).toContain("no server answers, still trying");
});

test("what is not shown is brought anew when it is", () => {
  const stage = Stage.ready({ rooms: ["#ops", "#lobby"] });
  stage.tell(message(BOB, "#ops", "an old word"));
  comeBack(stage, "#ops", "#lobby");
  stage.answerHistory([]);

  stage.click(" #ops");
  expect(stage.asked("history")).toMatchObject({ room: "#ops", before: null });
  stage.answerHistory([kept(2, "a new word", { room: "#ops", from: BOB })]);

  expect(count(stage, "a new word")).toBe(1);
  expect(count(stage, "an old word")).toBe(0);
});

test("a room that one is not in any more is listed no more, and unread is counted anew", () => {
  const stage = Stage.ready({ rooms: ["#ops", "#lobby"] });
  stage.pass(1000);
  const before = stage.count("unread");
  expect(count(stage, "#ops")).toBe(1);

  comeBack(stage, "#lobby");
  stage.pass(1000);

  expect(count(stage, "#ops")).toBe(0);
  expect(stage.count("unread")).toBe(before + 1);
});
