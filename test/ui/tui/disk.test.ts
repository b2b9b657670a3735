import { expect, test } from "bun:test";
import { BOB, message, status } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

test("a disk that refuses is told of, and so is a room that it has not taken", () => {
  const stage = Stage.ready();
  stage.tell({ type: "disk", state: "refusing" });
  expect(stage.text).toContain("! your disk refuses: it is full");

  const joined = { command: "join", room: "#dev", isPrivate: false, isKept: false } as const;
  stage.tell({ type: "reply", req: "1", ...joined });
  expect(stage.lines[0]).toContain("#dev");
  expect(stage.text).toContain("! your disk refuses this: it holds until you end");
});

test("a change that the disk refuses is told of, as no line can show it", () => {
  const stage = Stage.ready();
  stage.tell(message(BOB, "#lobby", "morning"));
  stage.say("/react bob +1");
  const { req } = stage.asked("react");

  stage.tell(status("failed", { req, id: "lost-1", room: "#lobby", reason: "the disk refuses" }));

  expect(stage.text).toContain("! your reaction is not kept: the disk refuses: 👍");
});
