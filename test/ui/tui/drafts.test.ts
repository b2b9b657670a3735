import { expect, test } from "bun:test";
import { BOB, ME, message, peer, status } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

/** Two rooms, and a message of each side in the one shown. */
function talking(): Stage {
  const stage = Stage.ready({ rooms: ["#ops", "#lobby"] });
  stage.tell(peer(BOB, "connected"), message(BOB, "#lobby", "theirs"));
  stage.say("mine");
  const { req } = stage.asked("send");
  stage.tell(status("sent", { req, id: "own", room: "#lobby" }));
  return stage;
}

/** The room shown and what is written there. */
function written(stage: Stage): string {
  return stage.lines.find((line) => line.includes(" ›"))?.trim() ?? "";
}

test("what is written already becomes the answer, or a message of its own again", () => {
  const stage = talking();
  stage.type("I agree");
  stage.press("alt+m", "up", "r");
  expect(stage.text).toContain("you answer bob");
  expect(written(stage)).toBe("#lobby › I agree");

  stage.press("escape");
  expect(stage.text).not.toContain("you answer");
  expect(written(stage)).toBe("#lobby › I agree");
});

test.each([
  ["sent", "return"],
  ["left", "escape"],
])("after a change is %s, what was being written is there again", (_, key) => {
  const stage = talking();
  stage.type("half a thought");
  stage.press("alt+m", "e");
  expect(written(stage)).toBe("#lobby › mine");
  stage.type("!");
  stage.press(key);

  expect(stage.count("edit")).toBe(key === "return" ? 1 : 0);
  expect(written(stage)).toBe("#lobby › half a thought");
  stage.press("return");
  expect(stage.asked("send").text).toBe("half a thought");
});

test("a change that is left for another room is one still when one comes back", () => {
  const stage = talking();
  stage.press("alt+m", "e");
  stage.type("!");
  stage.press("alt+down");
  expect(written(stage)).toBe("#ops ›");
  expect(stage.text).not.toContain("you change");

  stage.press("alt+up");
  expect(stage.text).toContain("you change what you said");
  stage.press("return");
  expect(stage.asked("edit")).toMatchObject({ id: "own", text: "mine!" });
  expect(stage.count("send")).toBe(1);
});

test("the words of a change stay where another face has taken its message back", () => {
  const stage = talking();
  stage.press("alt+m", "e");
  stage.type("!");
  stage.tell({ type: "deleted", room: "#lobby", from: ME, id: "own" });
  stage.press("return");

  expect(written(stage)).toBe("#lobby › mine!");
  expect(stage.text).toContain("this was taken back meanwhile: nothing was changed");
  expect(stage.count("edit")).toBe(0);
});

test("what a command of the palette takes the place of can be had again", () => {
  const stage = talking();
  stage.type("a long draft");
  stage.press("ctrl+p");
  stage.type("/why");
  stage.press("return");
  expect(written(stage)).toBe("#lobby › /why");

  stage.press("up");
  expect(written(stage)).toBe("#lobby › a long draft");
});

test("what Ctrl+C cleared can be had again", () => {
  const stage = talking();
  stage.type("a long draft");
  stage.press("ctrl+c");
  expect(written(stage)).toBe("#lobby ›");

  stage.press("up");
  expect(written(stage)).toBe("#lobby › a long draft");
});

test.each(["who", "why", "block", "invite"])("the palette has /%s first for its name", (name) => {
  const stage = talking();
  stage.press("ctrl+p");
  stage.type(name);
  stage.press("return");

  expect(written(stage)).toBe(`#lobby › /${name}`);
});

test("from among the people, a list leads back to writing", () => {
  const stage = talking();
  stage.press("ctrl+b", "ctrl+p");
  stage.type("/msg");
  stage.press("return");
  stage.type("why");
  expect(written(stage)).toBe("#lobby › /msg why");

  stage.press("ctrl+u", "ctrl+b", "ctrl+k");
  stage.type("lobby");
  stage.press("return");
  stage.type("rv");
  expect(written(stage)).toBe("#lobby › rv");
  expect(stage.count("why") + stage.count("retry") + stage.count("verify")).toBe(0);
});

test("where nobody is and nothing was said, letters are letters", () => {
  const stage = Stage.ready();
  stage.press("alt+m");
  stage.type("edit");
  expect(written(stage)).toBe("#lobby › edit");

  stage.press("ctrl+u", "ctrl+b");
  stage.type("why");
  expect(written(stage)).toBe("#lobby › why");
});

test("a page that was scrolled to its end has rows in a larger terminal, too", () => {
  const stage = Stage.ready({ columns: 26, lines: 12 });
  stage.press("f1", ...Array.from({ length: 99 }, () => "pagedown"));
  expect(stage.text).toContain("says /text");

  stage.face.handleSize({ columns: 200, lines: 60 });
  expect(stage.text).toContain("says /text");
  expect(stage.text).toContain("/quit");
  stage.press("up");
  expect(stage.text).not.toContain("says /text");
});

test("what comes from an editor goes where it was begun, and a failed one is told of", () => {
  const stage = talking();
  stage.type("begun");
  stage.press("ctrl+x", "e", "alt+down");
  stage.face.handleEdited({ text: "begun and ended" });
  expect(written(stage)).toBe("#ops ›");
  stage.press("alt+up");
  expect(written(stage)).toBe("#lobby › begun and ended");

  stage.press("ctrl+x", "e");
  stage.face.handleEdited({ fault: "your editor failed" });
  expect(stage.text).toContain("your editor failed");
  expect(written(stage)).toBe("#lobby › begun and ended");
});
