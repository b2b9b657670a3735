import { expect, test } from "bun:test";
import { kept as sayingOf } from "../../../lib/ui/talk/sayings.ts";
import { HELD_MAX, type Note, type Saying, Timeline } from "../../../lib/ui/talk/timeline.ts";
import { ME, NOW } from "../../contract/events.ts";
import { kept } from "../tui/stage.ts";

function said(index: number, more: Partial<Saying> = {}): Saying {
  return { ...sayingOf(kept(index, `line ${index}`), NOW), ...more };
}

function note(id: string, sentAtMs = NOW): Note {
  return { kind: "note", id, text: id, sentAtMs, isWarning: false };
}

function page(from: number, to: number): readonly Saying[] {
  return Array.from({ length: to - from }, (_, i) => said(from + i));
}

function ids(timeline: Timeline): readonly string[] {
  return timeline.items.map(({ id }) => id);
}

test("a message is held once, however often it comes", () => {
  const timeline = new Timeline();
  timeline.replace(page(0, 3), false, false);
  timeline.add(said(3));
  timeline.add(said(1));
  timeline.addBefore(page(0, 2), false);

  expect(ids(timeline)).toEqual(["kept 0", "kept 1", "kept 2", "kept 3"]);
});

test("whatever comes goes where it belongs, marked as late or not", () => {
  const timeline = new Timeline();
  timeline.replace([said(1), said(5)], false, false);
  timeline.add(said(3, { isLate: true }));
  timeline.add(said(2));

  expect(ids(timeline)).toEqual(["kept 1", "kept 2", "kept 3", "kept 5"]);
});

test("what comes late where the disk has more before is not held without that", () => {
  const timeline = new Timeline();

  expect(timeline.add(said(3, { isLate: true }))).toBe(-1);
  timeline.addBefore(page(0, 5), false);

  expect(ids(timeline)).toEqual(["kept 0", "kept 1", "kept 2", "kept 3", "kept 4"]);
});

test("where it belongs is told by when it was said, not by the count within that instant", () => {
  const at = (index: number, sentAtMs: number, more: Partial<Saying> = {}): Saying => {
    return { ...sayingOf(kept(index, `line ${index}`, { sentAtMs, tick: 0 }), NOW), ...more };
  };
  const timeline = new Timeline();
  timeline.replace([at(1, NOW - 5000), at(2, NOW - 3000), at(3, NOW - 1000)], false, false);
  timeline.add(at(4, NOW - 4000, { isLate: true }));

  expect(ids(timeline)).toEqual(["kept 1", "kept 4", "kept 2", "kept 3"]);
});

test("what has another id is held by that, once, also where it is answered", () => {
  const timeline = new Timeline();
  const replyTo = { id: "kept 1", from: ME, text: "line 1" };
  timeline.replace([said(1), said(2, { replyTo }), said(3)], false, false);

  timeline.move("kept 1", "new");
  timeline.move("none", "kept 2");
  expect(ids(timeline)).toEqual(["new", "kept 2", "kept 3"]);
  expect(timeline.get("kept 2")).toMatchObject({ replyTo: { id: "new" } });
  // A page came before that was told, and had it by its new id.
  timeline.move("new", "kept 3");

  expect(timeline.items).toMatchObject([{ id: "kept 3", text: "line 1" }, { id: "kept 2" }]);
  expect([timeline.has("new"), timeline.has("kept 3")]).toEqual([false, true]);
});

test("what is older than what is held stays on the disk until it is asked for", () => {
  const timeline = new Timeline();
  timeline.replace([said(5), said(6)], true, false);

  expect(timeline.add(said(3, { isLate: true }))).toBe(-1);
  expect(ids(timeline)).toEqual(["kept 5", "kept 6"]);
});

test("while its end is not held, what is said now is not added behind a gap", () => {
  const timeline = new Timeline();
  timeline.replace(page(0, 3), false, true);

  expect(timeline.add(said(9))).toBe(-1);
  timeline.addAfter(page(3, 10), false);
  expect(timeline.has("kept 9")).toBe(true);
});

test("no more than so many are held: the end gives way above, the beginning below", () => {
  const timeline = new Timeline();
  timeline.replace(page(0, HELD_MAX), false, false);
  timeline.add(said(HELD_MAX));
  expect(timeline.items).toHaveLength(HELD_MAX);
  expect(timeline.items[0]?.id).toBe("kept 1");
  expect(timeline.shift).toBe(-1);
  expect(timeline.hasBefore).toBe(true);

  timeline.addBefore([said(0)], false);
  expect(timeline.items).toHaveLength(HELD_MAX);
  expect(timeline.hasAfter).toBe(true);
  expect(timeline.has(`kept ${HELD_MAX}`)).toBe(false);
});

test("one's own message keeps its place when it is given its id", () => {
  const timeline = new Timeline();
  timeline.add(said(1, { id: "req 1" }));
  timeline.add(said(2));
  timeline.change("req 1", (saying) => ({ ...saying, id: "x" }));

  expect(ids(timeline)).toEqual(["x", "kept 2"]);
  expect(timeline.has("req 1")).toBe(false);
});

test("what was cleared away is the same, whatever comes, goes or is moved before its end", () => {
  const timeline = new Timeline();
  const rest = (): readonly string[] => ids(timeline).slice(timeline.clearedCount);
  timeline.replace([said(1), said(5), said(9)], false, false);
  timeline.clear();
  timeline.add(said(10));

  timeline.add(said(3, { isLate: true }));
  expect(rest()).toEqual(["kept 10"]);
  timeline.move("kept 1", "kept 5");
  expect(rest()).toEqual(["kept 10"]);
  timeline.addBefore([said(0)], false);
  expect(rest()).toEqual(["kept 10"]);
  timeline.addAfter(page(11, 11 + HELD_MAX - 3), false);
  expect(timeline.clearedCount).toBe(2);
  expect(rest()[0]).toBe("kept 10");
  expect(timeline.bringBack()).toBe(true);
  expect([timeline.clearedCount, timeline.bringBack()]).toEqual([0, false]);
});

test("what failed and is on no disk is at the end again, wherever one looked meanwhile", () => {
  const timeline = new Timeline();
  const fate = { state: "failed", of: 1, delivered: [], read: [], held: [], failed: [] } as const;
  timeline.replace(page(90, 93), true, false);
  timeline.add(said(0, { id: "req 1", fate, place: undefined }));
  timeline.add(said(93));
  timeline.keepLast(1);
  expect(ids(timeline)).toEqual(["req 1", "kept 93"]);

  timeline.replace(page(1, 3), true, true);
  expect(ids(timeline)).toEqual(["kept 1", "kept 2"]);
  timeline.replace(page(92, 94), true, false);
  expect(ids(timeline)).toEqual(["kept 92", "kept 93", "req 1"]);

  timeline.replace([], true, true);
  timeline.drop(new Set(["req 1"]));
  timeline.replace(page(92, 94), true, false);
  expect(ids(timeline)).toEqual(["kept 92", "kept 93"]);
});

test("what is on no disk stays below what it stood below when that comes anew", () => {
  const timeline = new Timeline();
  timeline.add(note("welcome", NOW - 90_000));
  timeline.addAfter([said(1), said(2)], false);
  timeline.add(note("first"));
  timeline.add(note("second"));
  timeline.add(said(3));
  timeline.add(note("last"));
  timeline.replace([said(1), said(2), said(3), said(4)], false, false);

  const whole = ["welcome", "kept 1", "kept 2", "first", "second", "kept 3", "last", "kept 4"];
  expect(ids(timeline)).toEqual(whole);
  timeline.replace([said(3), said(4)], true, false);
  expect(ids(timeline)).toEqual(["kept 3", "last", "kept 4", "first", "second"]);
});

test("a note whose message is not held any more stands by its time, or goes with the rest", () => {
  const timeline = new Timeline();
  const at = (index: number, sentAtMs: number): Saying => said(index, { sentAtMs });
  timeline.add(at(1, NOW - 9000));
  timeline.add(note("old", NOW - 8000));
  timeline.add(at(2, NOW - 7000));
  timeline.add(note("recent", NOW - 3000));
  timeline.replace([at(5, NOW - 6000), at(6, NOW - 2000)], true, false);

  expect(ids(timeline)).toEqual(["kept 5", "recent", "kept 6"]);
});

test("what stood at the end does so again, also where one reads on to there", () => {
  const timeline = new Timeline();
  timeline.replace(page(90, 93), true, false);
  timeline.add(note("at the end"));
  timeline.replace(page(1, 3), false, true);
  timeline.add(note("up there"));
  timeline.replace(page(1, 5), false, true);
  expect(ids(timeline)).toEqual(["kept 1", "kept 2", "up there", "kept 3", "kept 4"]);

  timeline.addAfter(page(5, 93), false);
  expect(ids(timeline).slice(-2)).toEqual(["kept 92", "at the end"]);
  timeline.add(note("last"));
  expect(ids(timeline).slice(-2)).toEqual(["at the end", "last"]);
});

test("what was cleared away stays so when it comes anew, and nothing else goes with it", () => {
  const timeline = new Timeline();
  timeline.replace(page(1, 3), false, false);
  timeline.clear();
  timeline.add(note("since"));
  timeline.replace(page(0, 5), false, false);

  const rest = ids(timeline).slice(timeline.clearedCount);
  expect(rest).toEqual(["since", "kept 3", "kept 4"]);
});
