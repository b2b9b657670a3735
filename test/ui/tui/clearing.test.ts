import { expect, test } from "bun:test";
import { ALICE, BOB, message } from "../../contract/events.ts";
import { kept, Stage } from "./stage.ts";

/** Of a hundred messages that were said before. */
function begun(): Stage {
  const stage = new Stage();
  const lines = Array.from({ length: 100 }, (_, i) => kept(100 + i, `line ${100 + i}`));
  stage.answerHistory(lines, { hasBefore: true });
  return stage;
}

test("what was said until then is cleared away, and what comes is seen alone", () => {
  const stage = begun();
  stage.say("/clear");
  expect(stage.text).not.toContain("line 1");
  expect(stage.text).toContain("nothing is deleted: scroll back");
  expect(stage.count("delete")).toBe(0);

  stage.tell(message(BOB, "#lobby", "one"));
  stage.tell({ ...message(ALICE, "#lobby", "of before"), tick: 20, isLate: true });
  stage.say("two");

  expect(stage.text).toMatch(/one\n[^]*two/);
  expect(stage.text).not.toContain("line 1");
});

test("scrolling back brings again what was cleared away", () => {
  const stage = begun();
  stage.say("/clear");
  stage.tell(message(BOB, "#lobby", "one"));

  stage.press("pageup");
  expect(stage.text).toMatch(/line 199\n[^]*one/);
  stage.press("pageup");
  expect(stage.text).not.toContain("one");
  stage.press("ctrl+end");
  expect(stage.text).toMatch(/line 199\n[^]*one/);
});

test("a message that is chosen among what was cleared away is seen", () => {
  const stage = begun();
  stage.say("/clear");

  stage.press("alt+m");

  expect(stage.text).toContain("line 199");
});

test("a page that comes from the disk meanwhile is of what was cleared away", () => {
  const stage = begun();
  for (let i = 0; i < 8; i++) stage.press("pageup");
  stage.press("ctrl+end");
  stage.say("/clear");
  stage.answerHistory([kept(1, "older than all")], { hasBefore: false });

  expect(stage.text).not.toContain("line 1");
  expect(stage.text).not.toContain("older than all");
});

test("where one looks at what was said long ago, all up to the end is cleared away", () => {
  const stage = begun();
  stage.press("ctrl+f");
  stage.type("old");
  const { req } = stage.asked("search");
  const find = kept(1, "old line");
  const found = { text: "old", messages: [find], hasMore: false, unsearched: 0, damaged: 0 };
  stage.tell({ type: "reply", req, command: "search", ...found });
  stage.press("return");
  stage.answerHistory([find], { hasBefore: false, hasAfter: true });
  expect(stage.text).toContain("old line");
  stage.press("escape");

  stage.say("/clear");
  expect(stage.asked("history")).toMatchObject({ before: null, around: null });
  stage.answerHistory([kept(199, "line 199")], { hasBefore: true });
  expect(stage.text).not.toContain("line 1");

  stage.press("pageup");
  expect(stage.text).toContain("line 199");
});
