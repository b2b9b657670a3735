import { expect, test } from "bun:test";
import { BOB, ME, message, NOW, peer, status } from "../contract/events.ts";
import { plainly } from "./plainly.ts";

test("a message of another face is told as one's own, then what becomes of it", () => {
  const { face, door } = plainly();
  face.handleEvent(NOW, peer(BOB, "connected"));
  door.lines.length = 0;

  face.handleEvent(NOW, message(ME, "#lobby", "hi all"));
  face.handleEvent(NOW, status("delivered", { id: "m-hi all", room: "#lobby", by: BOB }));
  face.handleTimeout(NOW + 1000);

  expect(door.lines.map((line) => line.replace(/^[0-9:]+ /, ""))).toEqual([
    "#lobby you: hi all (in another window)",
    "* delivered to bob: hi all",
  ]);
});
