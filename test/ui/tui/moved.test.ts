/** A message of one's own has got another id, which was that of the one behind it. */
import { expect, test } from "bun:test";
import { BOB, ready, status } from "../../contract/events.ts";
import { kept, Stage } from "./stage.ts";

const LOBBY = { room: "#lobby" };

/** In the lobby "uno" and "due" were said, `m1` and `m2`. */
function said(): Stage {
  const stage = new Stage();
  stage.tell(ready());
  stage.answerHistory([], { hasBefore: true });
  for (const [i, text] of ["uno", "due"].entries()) {
    stage.say(text);
    const { req } = stage.asked("send");
    stage.tell(status("queued", { req, id: `m${i + 1}`, ...LOBBY }));
  }
  return stage;
}

/** As it is told: the last first. */
function move(stage: Stage): void {
  stage.tell(status("queued", { id: "m3", was: "m2", ...LOBBY }));
  stage.tell(status("queued", { id: "m2", was: "m1", ...LOBBY }));
}

/** What others held under the number that "uno" had: it is looked at when it has come back. */
function bringBack(stage: Stage): void {
  stage.press("pageup");
  stage.answerHistory([kept(1, "before", { id: "m1", states: [] })]);
}

function lineOf(stage: Stage, text: string): string {
  return stage.lines.find((line) => line.includes(text)) ?? "";
}

test("its marks and reactions are put to it, and not to the one that has its former id", () => {
  const stage = said();
  move(stage);
  bringBack(stage);

  stage.tell(status("delivered", { id: "m2", by: BOB, ...LOBBY }));
  stage.tell({ type: "reaction", id: "m2", from: BOB, emoji: "👍", isOn: true, ...LOBBY });

  expect(lineOf(stage, "uno")).toContain("✓✓");
  expect(lineOf(stage, "due")).not.toContain("✓✓");
  expect(lineOf(stage, "before")).not.toContain("✓✓");
  expect(stage.text).toMatch(/uno.*\n.* 👍 1/);
});

test("what was said last is edited, though the one before it has come back since", () => {
  const stage = said();
  move(stage);
  bringBack(stage);

  stage.say("/edit tre");
  const { req, ...edit } = stage.asked("edit");
  stage.tell(status("queued", { req, id: "m4", ...LOBBY }));

  expect(edit).toMatchObject({ id: "m3", text: "tre" });
  expect(lineOf(stage, "tre")).toContain("edited");
  expect(stage.text).toMatch(/uno/);
  expect(stage.text).not.toMatch(/due/);
});

test("a change that is being written is made of the same message", () => {
  const stage = said();
  stage.press("alt+m", "e");
  stage.type("!");

  move(stage);
  stage.press("return");

  expect(stage.asked("edit")).toMatchObject({ id: "m3", text: "due!" });
});

test("so is one that was left for another room, and an answer", () => {
  const stage = Stage.ready({ rooms: ["#ops", "#lobby"] });
  stage.say("one");
  stage.tell(status("queued", { req: stage.asked("send").req, id: "m1", ...LOBBY }));
  stage.press("alt+m", "r");
  stage.type("and so on");
  stage.press("alt+1");
  stage.tell(status("queued", { id: "m2", was: "m1", ...LOBBY }));
  stage.press("alt+2", "return");

  expect(stage.asked("send")).toMatchObject({ text: "and so on", replyTo: "m2" });
});

test("one that is chosen stays so, also while an emoji is chosen for it", () => {
  const stage = said();
  stage.press("alt+m", "up", "+");
  move(stage);
  stage.type("+1");
  stage.press("return");
  const reacted = stage.asked("react");
  stage.press("d");

  expect(reacted).toMatchObject({ id: "m2", emoji: "👍" });
  expect(stage.asked("delete")).toMatchObject({ id: "m2" });
});

test("one that was found is gone to, where it was found before", () => {
  const stage = said();
  stage.press("ctrl+f");
  stage.type("uno");
  const { req, text } = stage.asked("search");
  const found = { messages: [kept(1, "uno", { id: "m1" })], hasMore: false };
  const more = { unsearched: 0, damaged: 0 };
  stage.tell({ type: "reply", req, command: "search", text, ...found, ...more });
  move(stage);
  stage.press("return", "d");

  expect(stage.asked("delete")).toMatchObject({ id: "m2" });
});

test("the line above what is new stands where it stood", () => {
  const stage = new Stage({ rooms: ["#lobby", "#ops"] });
  stage.tell(ready());
  stage.press("alt+1");
  const others = [kept(1, "mine", { id: "m1" }), kept(2, "theirs", { id: "t", from: BOB })];
  stage.answerHistory(others);
  stage.press("alt+2");
  stage.tell({ type: "unread", room: "#lobby", unread: 1, upTo: "m1" });
  stage.tell(status("queued", { id: "m2", was: "m1", ...LOBBY }));
  stage.press("alt+1");

  expect(stage.text).toMatch(/mine.*\n.*─ new ─+\n.*theirs/);
});
