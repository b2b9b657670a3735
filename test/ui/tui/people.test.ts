import { expect, test } from "bun:test";
import { ALICE, BOB, DIRECT, ME, member, message, NOW, peer } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

test("where people have little room, names have what the paths leave", () => {
  const stage = Stage.ascii({ columns: 100, lines: 24 });
  const long = { ...BOB, name: "bartholomew" };
  const near = { ...DIRECT, kind: "lan", rttMs: 1.2 } as const;
  stage.tell({ ...peer(long, "connected"), path: near });

  expect(stage.text).toMatch(/\* bartholomew +lan +1ms/);
  stage.tell({ ...peer(ALICE, "connected"), path: { ...DIRECT, rttMs: 241 } });
  expect(stage.text).toMatch(/\* alice +direct 241ms/);
  expect(stage.text).toMatch(/\* barth\S+ +lan +1ms/);
});

test("what can be done with people and messages is told whole in fifty columns", () => {
  const stage = Stage.ready({ columns: 50, lines: 16 });
  stage.tell(peer(BOB, "connected"), message(BOB, "#lobby", "hello"));
  stage.press("ctrl+b");
  expect(stage.text).toContain("── Enter talk w why v verify r retry Esc leave ──");
  stage.press("escape", "alt+m");
  expect(stage.text).toContain("── r answer + react e edit d delete i info c copy");
  stage.face.handleSize({ columns: 80, lines: 24 });
  expect(stage.text).toContain("r answer  + react  e edit  d delete  i info  c copy");
});

test("of who is gone the roster says when they were seen, and below it no time is a path", () => {
  const stage = Stage.ready({ columns: 120, lines: 40 });
  const { req, room } = stage.asked("who");
  const bob = { ...member(BOB, "gone"), lastSeenMs: NOW - 3_600_000 };
  stage.tell({ type: "reply", req, command: "who", room, members: [member(ME, "me"), bob] });
  stage.tell(peer(BOB, "gone", "left"), peer(ALICE, "gone"));

  expect(stage.text).toMatch(/ o bob +seen 13:02/);
  expect(stage.text).toMatch(/ o alice +gone/);
  stage.press("ctrl+b");
  expect(stage.text).toMatch(/│ alice\n.*│ path none\n/);
  stage.press("down");
  expect(stage.text).toMatch(/│ bob\n.*│ why {2}left\n.*│ seen 13:02\n/);
  stage.face.handleSize({ columns: 80, lines: 24 });
  expect(stage.text).toMatch(/ o bob +13:02/);
});
