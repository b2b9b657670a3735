import { expect, test } from "bun:test";
import { faceOf } from "../../cmd/faces.ts";
import { BOB, message, NOW, ready } from "../contract/events.ts";
import { Recorder } from "../ui/recorder.ts";

test("a one-shot that stays writes what is said as it comes, whenever that was said", () => {
  const door = new Recorder();
  const asked = { face: "plain", to: "#ops", timeoutMs: 30_000, stay: true } as const;
  const options = { ...asked, rooms: ["#ops"], server: null, isOnLan: true };
  const complain = (text: string) => expect(text).toBe("");
  const face = faceOf(options, { door, fullScreen: null, complain });
  face.handleEvent(NOW, ready());

  face.handleEvent(NOW, { ...message(BOB, "#ops", "early"), sentAtMs: NOW - 3_600_000 });
  face.handleEvent(NOW, message(BOB, "#ops", "now"));

  expect(door.lines.map((line) => line.replace(/^.* bob/, "bob"))).toEqual([
    "bob: early",
    "bob: now",
  ]);
});
