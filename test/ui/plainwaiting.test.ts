/** What becomes of own words that wait, as plain lines tell it. */
import { expect, test } from "bun:test";
import { BOB, NOW, status } from "../contract/events.ts";
import { plainly } from "./plainly.ts";

test("other words for what waits are told once, and quoted when it arrives", () => {
  const { face, door } = plainly();
  face.handleLine(NOW, "/msg bob tow");
  face.handleEvent(NOW, status("queued", { req: "1", id: "m1", room: "@bob" }));
  face.handleLine(NOW, "/edit ^1 two");
  const edit = { req: "2", id: "m1", room: "@bob", isReworded: true } as const;
  face.handleEvent(NOW, status("queued", edit));
  for (const state of ["sent", "delivered"] as const) {
    const by = state === "sent" ? null : BOB;
    face.handleEvent(NOW, status(state, { req: "1", id: "m1", room: "@bob", by }));
    face.handleEvent(NOW, status(state, { ...edit, by }));
  }
  face.handleTimeout(NOW + 1000);

  expect(door.lines.slice(-4)).toEqual([
    "14:02 @bob you: tow (queued: bob is not connected)",
    "14:02 @bob you: two (changed before it went out)",
    "14:02 * sent: two",
    "14:02 * delivered to bob: two",
  ]);
});

test("a deletion of what nobody can have is told as the taking back that it is, once", () => {
  const { face, door } = plainly();
  face.handleLine(NOW, "/msg bob hello");
  const about = { req: "1", id: "m1", room: "@bob" } as const;
  face.handleEvent(NOW, status("queued", about));
  face.handleLine(NOW, "/delete ^1");
  face.handleEvent(NOW, status("failed", { ...about, by: BOB, reason: "cancelled" }));
  face.handleEvent(NOW, { type: "reply", req: "2", command: "cancel", id: "m1" });

  expect(door.commands.at(-1)).toMatchObject({ type: "delete", req: "2", id: "m1" });
  expect(door.lines.slice(-2)).toEqual([
    "14:02 @bob you: hello (queued: bob is not connected)",
    "14:02 * cancelled, not sent to bob: hello",
  ]);
});
