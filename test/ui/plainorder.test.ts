/** Lines are written once: in which order, and which of them say that they are late. */
import { expect, test } from "bun:test";
import type { PeerEvent, Who } from "../../lib/node/events.ts";
import { ALICE, BOB, message, NOW, status } from "../contract/events.ts";
import { plainly } from "./plainly.ts";
import type { Recorder } from "./recorder.ts";

/** What the face writes when it is told these, and nothing else comes; without the times. */
function told(...events: readonly PeerEvent[]): readonly string[] {
  const { face, door } = plainly();
  for (const event of events) face.handleEvent(NOW, event);
  face.handleTimeout(NOW + 2_000);
  return untimed(door);
}

function untimed({ lines }: Recorder): readonly string[] {
  return lines.map((line) => line.replace(/^[0-9:]+ /, ""));
}

const said = (from: Who, text: string, agoMs: number, isLate: boolean): PeerEvent => {
  return { ...message(from, "#lobby", text), sentAtMs: NOW - agoMs, isLate };
};

test("what stands below what it belongs before says so, and no clock dates into the future", () => {
  expect(
    told(
      said(BOB, "now", 0, false),
      said(ALICE, "a moment before", 20, true),
      said(BOB, "from 2036", -3e11, false),
      said(ALICE, "after all but that", -1, false),
      said(BOB, "early", 3_600_000, true),
    ),
  ).toEqual([
    "#lobby bob: now",
    "#lobby alice (late): a moment before",
    "#lobby bob: from 2036",
    "#lobby alice: after all but that",
    "#lobby bob (late): early",
  ]);
});

test("history that comes author by author is written in the order of its room", () => {
  expect(
    told(
      said(BOB, "first", 9_000, false),
      said(BOB, "third", 7_000, false),
      said(ALICE, "second", 8_000, true),
      said(ALICE, "fourth", 10, false),
    ),
  ).toEqual([
    "#lobby bob: first",
    "#lobby alice: second",
    "#lobby bob: third",
    "#lobby alice: fourth",
  ]);
});

test("a step of a catching up is written once it is whole, and what comes after it is late", () => {
  const { face, door } = plainly();
  const sync = { type: "sync", room: "#lobby" } as const;
  face.handleEvent(NOW, { ...sync, state: "catching-up", missing: 2, received: 0 });
  face.handleEvent(NOW, said(BOB, "second", 8_000, false));
  face.handleTimeout(NOW + 5_000);
  face.handleEvent(NOW + 5_000, said(ALICE, "first", 9_000, true));
  face.handleEvent(NOW + 5_000, { ...sync, state: "complete", missing: 0, received: 2 });
  face.handleEvent(NOW + 5_000, said(ALICE, "before all", 10_000, true));
  face.handleTimeout(face.pollTimeout());

  expect(untimed(door)).toEqual([
    "* #lobby: catching up, at least 2 messages to come",
    "#lobby alice: first",
    "#lobby bob: second",
    "* #lobby: caught up, 2 messages came",
    "#lobby alice (late): before all",
  ]);
});

test("history is gathered no longer than a while, nor more of it than so much", () => {
  const { face, door } = plainly();
  const sync = { type: "sync", room: "#lobby", state: "catching-up" } as const;
  face.handleEvent(NOW, { ...sync, missing: 5_000, received: 0 });
  for (let i = 0; i < 2_500; i++) face.handleEvent(NOW, said(BOB, `${i}`, 9_000 - i, false));
  const atOnce = door.lines.length - 1;
  face.handleTimeout(NOW + 10_000);

  expect(atOnce).toBe(2_000);
  expect(door.lines.length - 1).toBe(2_500);
});

test("what was said before one's own words, and came after them, is late", () => {
  const { face, door } = plainly();
  face.handleLine(NOW, "mine");
  face.handleEvent(NOW, status("queued", { req: "1", id: "own", room: "#lobby" }));
  face.handleEvent(NOW + 5, said(BOB, "crossing", 5, true));
  face.handleEvent(NOW + 5, said(BOB, "answering", -3, false));

  expect(untimed(door).filter((line) => line.includes("bob"))).toEqual([
    "#lobby bob (late): crossing",
    "#lobby bob: answering",
  ]);
});

test("what is gathered is written before a line that is typed, and before the end", () => {
  const { face, door } = plainly();
  face.handleEvent(NOW, said(BOB, "before", 9_000, false));
  face.handleLine(NOW, "/last");
  const typed = untimed(door);
  face.handleEvent(NOW, said(BOB, "after", 8_000, false));
  face.handleLeaving(NOW);

  expect(typed[0]).toBe("#lobby bob: before");
  expect(untimed(door).at(-1)).toBe("#lobby bob: after");
});
