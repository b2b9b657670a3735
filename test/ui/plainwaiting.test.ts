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

test("a message that gets another id is told of no more often, and by its own words", () => {
  const { face, door } = plainly();
  for (const [i, text] of ["one", "two"].entries()) {
    face.handleLine(NOW, text);
    const about = { req: String(i + 1), id: `m${i + 1}`, room: "#lobby" };
    face.handleEvent(NOW, status("queued", about));
  }
  face.handleTimeout(NOW + 2000);
  const before = [...door.lines];

  for (const was of ["2", "1"]) {
    const about = { req: was, was: `m${was}`, id: `m${Number(was) + 1}`, room: "#lobby" };
    face.handleEvent(NOW, status("queued", about));
  }
  face.handleTimeout(NOW + 4000);
  const after = [...door.lines];
  face.handleEvent(NOW, status("delivered", { req: "1", id: "m2", room: "#lobby", by: BOB }));
  face.handleTimeout(NOW + 6000);
  face.handleLine(NOW, "/edit too");

  expect(before.join("\n")).toMatch(/you: one .*\n.*you: two /);
  expect(after).toEqual(before);
  expect(door.lines.slice(after.length)).toEqual(["14:02 * delivered to bob: one"]);
  expect(door.commands.at(-1)).toMatchObject({ type: "edit", id: "m3" });
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
