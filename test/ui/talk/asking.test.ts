import { expect, test } from "bun:test";
import { PageStage } from "../web/pagestage.ts";
import { Stage } from "../tui/stage.ts";

test("however much is typed in a terminal, it is asked what is to be seen", () => {
  const stage = Stage.ready({ rooms: ["#ops", "#lobby"] });
  for (let i = 0; i < 300; i++) stage.press("a", "backspace");
  expect(stage.count("typing")).toBeGreaterThan(300);

  stage.click(" #ops");
  expect(stage.asked("history")).toMatchObject({ room: "#ops" });
});

test("however much is typed in a page, it is asked what is to be seen", () => {
  const stage = PageStage.ready();
  for (let i = 0; i < 300; i++) for (const text of ["a", ""]) stage.write(text);
  expect(stage.count("typing")).toBeGreaterThan(300);

  stage.model.enter(stage.model.conversations.room("#ops"), stage.now);
  expect(stage.last("history")).toMatchObject({ room: "#ops" });
});

test("what is wrong with what nobody awaits an answer to is told nobody", () => {
  const stage = PageStage.ready();
  stage.write("a");
  const { req } = stage.last("typing");
  stage.tell({ type: "error", req, code: "USAGE", text: "no such place" });

  expect(stage.texts).toEqual([]);
});
