import { expect, test } from "bun:test";
import { BOB, NOW, ready } from "../../contract/events.ts";
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

test("who left the lobby begins in a room of an earlier run, and sees that it is private", () => {
  const stage = new Stage({ rooms: [] });
  expect(stage.lines[0]).toContain("You are in no room");
  const den = { room: "#den", isPrivate: true };
  stage.tell({ ...ready(), rooms: [{ room: "#ops", isPrivate: false }, den] });

  expect(stage.lines[0]).toMatch(/#den {2}.*private/);
  expect(stage.lines.at(-2)).toBe(" #den ›");
  expect(stage.text).toMatch(/^ #ops /m);
  expect(stage.asked("history")).toMatchObject({ room: "#den" });
});

test("a room that was left is not listed for what waits there still", () => {
  const stage = Stage.ready();
  stage.pass(60_000);
  const { req } = stage.asked("outbox");
  const waiting = { text: "hello", sentAtMs: NOW, to: [BOB], heldBy: [] };
  const messages = [
    { id: "x", room: "#left", ...waiting },
    { id: "y", room: "#lobby", ...waiting },
    { id: "z", room: "@bob", ...waiting },
  ];
  stage.tell({ type: "reply", req, command: "outbox", messages, more: 0 });

  expect(stage.text).toMatch(/#lobby +1 out/);
  expect(stage.text).toMatch(/@bob +1 out/);
  expect(stage.text).not.toContain("#left");
  expect(stage.lines.at(-1)).toContain("3 waiting");
});
