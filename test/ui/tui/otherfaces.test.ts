import { expect, test } from "bun:test";
import type { DraftEvent } from "../../../lib/node/shellevents.ts";
import { BOB, ME, message, peer, ready, status } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

/** Another face of the same node has told of it. */
function draft(text: string, room = "#lobby", replyTo: string | null = null): DraftEvent {
  return { type: "draft", req: null, room, text, replyTo };
}

/** The node tells what was written here last, as it tells the other faces. */
function answer(stage: Stage): void {
  const { req, to, text, replyTo } = stage.asked("draft");
  stage.tell({ type: "draft", req, room: to, text, replyTo });
}

/** What is written where one writes. */
function written(stage: Stage): string {
  return stage.lines.find((line) => line.includes(" ›"))?.trim() ?? "";
}

test("what is typed is told a little later, and what is sent is a draft no more at once", () => {
  const stage = Stage.ready();

  stage.type("hello");
  stage.pass(1000);
  expect(stage.asked("draft")).toMatchObject({ to: "#lobby", text: "hello", replyTo: null });

  stage.press("return");
  expect(stage.asked("draft")).toMatchObject({ to: "#lobby", text: "" });
});

test("keys that come together are told together", () => {
  const stage = Stage.ready();
  stage.type("a");
  stage.pass(1000);
  const before = stage.count("draft");

  stage.type("bcdefgh");
  expect(stage.count("draft")).toBe(before);
  stage.pass(1000);
  expect(stage.count("draft")).toBe(before + 1);
});

test("a command is no draft: its secret is nobody's", () => {
  const stage = Stage.ready();

  stage.type("/join #dev secret words");
  stage.pass(1000);

  expect(stage.count("draft")).toBe(0);
});

test("what is written in another face is there, and is not told back", () => {
  const stage = Stage.ready();

  stage.tell(draft("begun elsewhere"));
  expect(written(stage)).toBe("#lobby › begun elsewhere");
  stage.pass(1000);
  expect(stage.count("draft")).toBe(0);

  stage.press("backspace");
  stage.pass(1000);
  expect(stage.asked("draft").text).toBe("begun elsewher");
});

test("what one is typing is not taken away by another face", () => {
  const stage = Stage.ready();
  stage.type("mine");
  stage.pass(500);
  answer(stage);

  stage.tell(draft("theirs"));

  expect(written(stage)).toBe("#lobby › mine");
});

test("what another face has written meanwhile is there once nobody types here any more", () => {
  const stage = Stage.ready();
  stage.type("mine");
  stage.pass(500);
  answer(stage);

  stage.tell(draft("theirs"));
  stage.pass(2000);

  expect(written(stage)).toBe("#lobby › theirs");
});

test("a draft of a conversation that is not shown is there when it is", () => {
  const stage = Stage.ready({ rooms: ["#ops", "#lobby"] });

  stage.tell(peer(BOB, "connected"), message(BOB, "@bob", "hi"), draft("to bob", "@bob"));
  stage.tell(draft("for later", "#ops"));
  stage.click(" @bob");
  expect(written(stage)).toBe("@bob › to bob");
});

test("a message of another face is one's own, with what becomes of it", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"));

  stage.tell(message(ME, "#lobby", "from the other window"));
  stage.tell(status("delivered", { id: "m-from the other window", room: "#lobby", by: BOB }));

  const line = stage.lines.find((one) => one.includes("from the other window"));
  expect(line).toContain("✓✓");
  expect(stage.text).not.toContain("unread");
});

test("a direct message of another face is in the talk with whom it was for", () => {
  const stage = Stage.ready();
  stage.tell(peer(BOB, "connected"), message(ME, "@bob", "to you"));

  stage.click(" @bob");

  expect(stage.text).toContain("to you");
});

test("a room that another face has entered is listed, and one stays where one is", () => {
  const stage = Stage.ready();

  stage.tell({ type: "reply", req: null, command: "join", room: "#dev", isPrivate: false });
  expect(stage.text).toContain("#dev");
  expect(written(stage)).toStartWith("#lobby");

  stage.tell({ type: "reply", req: null, command: "leave", room: "#dev", isPrivate: false });
  expect(stage.text).not.toContain("#dev");
});

test("what another face changes is marked, but not where nobody had got it yet", () => {
  const stage = Stage.ready();
  stage.tell({ ...message(ME, "#lobby", "one"), id: "m1" });
  stage.tell({ ...message(ME, "#lobby", "two"), id: "m2" });

  const edited = { type: "edited", room: "#lobby", from: ME } as const;
  stage.tell({ ...edited, id: "m1", text: "first", isReworded: true });
  stage.tell({ ...edited, id: "m2", text: "second" });

  expect(stage.lines.find((line) => line.includes("first"))).not.toContain("edited");
  expect(stage.lines.find((line) => line.includes("second"))).toContain("edited");
});

test("whoever ends others with it is told of them before, and asked once more", () => {
  const stage = Stage.ready();
  stage.door.others = 2;

  stage.press("ctrl+c");
  expect(stage.lines.join()).toContain("Ctrl+C again ends p2pchat, and 2 other faces of it");
  stage.pass(5000);
  stage.say("/quit");
  expect(stage.count("quit")).toBe(0);
  expect(stage.lines.join()).toContain("/quit again ends p2pchat, and 2 other faces of it");

  stage.say("/quit");
  expect(stage.count("quit")).toBe(1);
});

test("where nobody else ends, one word is enough", () => {
  const stage = Stage.ready();

  stage.say("/quit");

  expect(stage.count("quit")).toBe(1);
});

test("the status line says whether one is at hand, wherever one has said so", () => {
  const stage = Stage.ready();
  const said = { type: "reply", req: null, command: "presence" } as const;

  stage.tell({ ...said, state: "away" });
  expect(stage.lines.at(-1)).toMatch(/^ me away {2}server ok/);
  stage.tell({ ...said, state: "online" });
  expect(stage.lines.at(-1)).toMatch(/^ me {2}server ok/);

  stage.tell({ ...ready(), presence: "busy" });
  expect(stage.lines.at(-1)).toMatch(/^ me busy {2}server ok/);
});

test("what is written for a room that another face leaves is not written for any other", () => {
  const stage = Stage.ready({ rooms: ["#ops", "#lobby"] });
  stage.tell(draft("for ops", "#ops"));
  stage.type("for the lobby alone");
  stage.pass(500);
  answer(stage);

  stage.tell({ type: "reply", req: null, command: "leave", room: "#lobby", isPrivate: false });
  expect(written(stage)).toBe("#ops › for ops");
  expect(stage.text).toContain("in another window you left #lobby");
  const count = stage.count("draft");
  stage.press("backspace");
  stage.pass(1000);
  expect(stage.asked("draft")).toMatchObject({ to: "#ops", text: "for op" });
  expect(stage.count("draft")).toBe(count + 1);

  // Who comes back there begins anew, in all faces.
  stage.tell({ type: "reply", req: null, command: "join", room: "#lobby", isPrivate: false });
  stage.click(" #lobby");
  expect(written(stage)).toBe("#lobby ›");
  stage.type("for the lobby alone");
  stage.pass(1000);
  expect(stage.asked("draft")).toMatchObject({ to: "#lobby", text: "for the lobby alone" });
});
