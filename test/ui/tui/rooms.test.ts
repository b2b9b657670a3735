import { expect, test } from "bun:test";
import { Stage } from "./stage.ts";

function leaving(room: string, isPrivate: boolean, rooms: readonly string[]): Stage {
  const stage = Stage.ready({ rooms });
  stage.say(`/leave ${room}`);
  const { req } = stage.asked("leave");
  stage.tell({ type: "reply", req, command: "leave", room, isPrivate });
  return stage;
}

test("who leaves a room is told so where they are then, and the way back", () => {
  const open = leaving("#lobby", false, ["#dev", "#lobby"]);
  expect(open.lines[0]).toContain("#dev");
  expect(open.text).toContain("* you left #lobby: /join #lobby brings you back");

  const secret = leaving("#den", true, ["#dev", "#den"]).text.replaceAll(/\s*\n[ #a-z]*│ +/g, " ");
  expect(secret).toContain("* you left #den (private). Only its link or its secret lets you in");
});

test("who leaves the last room sees it below", () => {
  const stage = leaving("#lobby", false, ["#lobby"]);

  expect(stage.text).toContain("── you left #lobby: /join #lobby brings you back ─");
});
