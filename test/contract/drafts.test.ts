import { expect, test } from "bun:test";
import { Drafts, DRAFTS_MAX, type KeptDraft } from "../../lib/contract/drafts.ts";
import { BOB, ME, NOW, peer, peerId, ready, status } from "./events.ts";

const NONE = { place: null, who: null, text: "", replyTo: null };

function begun(kept: readonly KeptDraft[] = []): Drafts {
  const drafts = new Drafts(kept);
  drafts.handleEvent(ready());
  return drafts;
}

function write(drafts: Drafts, to: string, text: string, replyTo: string | null = null) {
  return drafts.write(NOW, { to, text, replyTo });
}

test("there is one draft of each conversation, and none of what is empty", () => {
  const drafts = begun();

  write(drafts, "#lobby", "one");
  write(drafts, "#lobby", "two");
  write(drafts, "#dev", "three");
  write(drafts, "#dev", "");

  expect(drafts.events).toEqual([
    { type: "draft", req: null, room: "#lobby", text: "two", replyTo: null },
  ]);
});

test("an answer of which nothing is written yet is a draft", () => {
  const drafts = begun();

  write(drafts, "#lobby", "", "m1");

  expect(drafts.events).toHaveLength(1);
});

test("a person's is theirs by whatever name, and is told by the one that they have now", () => {
  const drafts = begun();
  drafts.handleEvent(peer(BOB, "connected"));
  write(drafts, "@bob", "hi");
  const robert = { ...BOB, name: "robert" };

  drafts.handleEvent({ type: "renamed", who: robert, was: "bob" });
  expect(drafts.events.map(({ room }) => room)).toEqual(["@robert"]);

  drafts.handleEvent(peer({ name: "robert", id: peerId("0b0b") }, "connected"));
  expect(drafts.events.map(({ room }) => room)).toEqual([`@robert~${BOB.id.slice(0, 8)}`]);
  write(drafts, `@robert~${BOB.id}`, "");
  expect(drafts.events).toEqual([]);
});

test("what was written to somebody before they were met goes on to them under another name", () => {
  const drafts = begun();
  write(drafts, "@bob", "early");

  expect(drafts.handleEvent({ type: "renamed", who: { ...BOB, name: "rob" }, was: "bob" })).toBe(
    true,
  );

  expect(drafts.events).toEqual([
    { type: "draft", req: null, room: "@rob", text: "early", replyTo: null },
  ]);
});

test("what was written to somebody before they were met is theirs once they are", () => {
  const drafts = begun();
  write(drafts, "@bob", "early");

  expect(drafts.handleEvent(peer(BOB, "connected"))).toBe(true);
  write(drafts, "@bob", "late");

  expect(drafts.kept).toEqual([{ ...NONE, who: BOB, text: "late" }]);
});

test("what a disk has kept is told by who it is for", () => {
  const drafts = begun();
  drafts.handleEvent(peer(BOB, "connected"));
  write(drafts, "@bob", "hi", "m1");
  write(drafts, "#lobby", "all");

  const later = begun(drafts.kept);

  expect(drafts.kept).toEqual([
    { ...NONE, who: BOB, text: "hi", replyTo: "m1" },
    { ...NONE, place: "#lobby", text: "all" },
  ]);
  expect(later.events).toEqual(drafts.events);
  expect(later.kept).toEqual(drafts.kept);
});

test("a room that is left takes its draft along, and ids that change are followed", () => {
  const drafts = begun();
  write(drafts, "#dev", "x");
  write(drafts, "#lobby", "y", "was");

  const left = {
    type: "reply",
    req: "1",
    command: "leave",
    room: "#dev",
    isPrivate: false,
  } as const;
  expect(drafts.handleEvent(left)).toBe(true);
  expect(drafts.handleEvent(status("queued", { id: "is", was: "was", by: ME }))).toBe(true);

  expect(drafts.events).toEqual([
    { type: "draft", req: null, room: "#lobby", text: "y", replyTo: "is" },
  ]);
});

test("of more than are kept, those begun first are forgotten", () => {
  const drafts = begun();

  for (let i = 0; i <= DRAFTS_MAX; i++) write(drafts, `#r${i}`, "x");

  expect(drafts.events).toHaveLength(DRAFTS_MAX);
  expect(drafts.events[0]?.room).toBe("#r1");
});

test("of what is told late that stands which was written last, even if that is nothing", () => {
  const drafts = begun([{ ...NONE, place: "#lobby", text: "kept" }]);
  const tell = (text: string, ageMs: number): string => {
    return drafts.write(NOW, { to: "#lobby", text, replyTo: null, ageMs }).text;
  };

  expect(tell("newer", 1000)).toBe("newer");
  expect(tell("older", 2000)).toBe("newer");
  expect(tell("newest", 500)).toBe("newest");
  expect(tell("", 0)).toBe("");
  expect(tell("newer", 1000)).toBe("");
  expect(drafts.events).toEqual([]);
});
