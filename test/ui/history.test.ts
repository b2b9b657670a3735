import { expect, test } from "bun:test";
import type { PeerEvent } from "../../lib/node/events.ts";
import type { HistoryEvent } from "../../lib/node/pastevents.ts";
import type { KeptMessageEvent } from "../../lib/node/sayings.ts";
import { PlainFace } from "../../lib/ui/plain.ts";
import { ALICE, BOB, message, NOW, ready } from "../contract/events.ts";
import { Recorder } from "./recorder.ts";

const OPTIONS = {
  rooms: ["#lobby"],
  awaitsServer: true,
  isWatched: false,
  stay: false,
  isTyped: true,
};
const DEN = { room: "#den", isPrivate: true } as const;

function begin(first: PeerEvent = ready()) {
  const door = new Recorder();
  const face = new PlainFace(OPTIONS, door);
  face.handleEvent(NOW, first);
  return { face, door };
}

function kept(text: string, room = "#lobby", by = BOB): KeptMessageEvent {
  return { ...message(by, room, text), states: null };
}

function page(texts: readonly string[], about: Partial<HistoryEvent> = {}): HistoryEvent {
  const messages = texts.map((text) => kept(text));
  const whole = { room: "#lobby", hasBefore: false, hasAfter: false, damaged: 0 };
  return { type: "reply", req: null, command: "history", ...whole, messages, ...about };
}

test("where a message has more reactions than count, a page says so", () => {
  const { face, door } = begin();
  const reactions = [{ emoji: "👍", by: [ALICE] }];
  const messages = [{ ...kept("hi"), reactions, moreReactions: true } as const];
  face.handleEvent(NOW, page([], { messages }));

  expect(door.lines.join("\n")).toContain("hi [👍 alice; and more]");
});

test("a page says which part it is, and how to go on from there", () => {
  const { face, door } = begin();
  const firstLines = [
    page(["a", "b"]),
    page(["a", "b"], { hasBefore: true }),
    page(["a", "b"], { hasAfter: true }),
    page(["a", "b"], { hasBefore: true, hasAfter: true }),
    page([]),
    page([], { hasAfter: true }),
  ].map((event) => {
    door.lines.length = 0;
    face.handleEvent(NOW, event);
    return door.lines[0];
  });

  expect(firstLines).toEqual([
    "14:02 * #lobby: all 2",
    "14:02 * #lobby: the last 2 (/older goes on)",
    "14:02 * #lobby: the first 2 (/newer goes on)",
    "14:02 * #lobby: 2 in between (/older and /newer go on)",
    "14:02 * #lobby: nothing is kept",
    "14:02 * #lobby: nothing further is kept",
  ]);
});

test("of what waits it is said who holds it, and for whom", () => {
  const { face, door } = begin();
  const many = Array.from({ length: 5 }, () => BOB);
  const states = [
    { state: "queued", by: ALICE, reason: null, heldBy: [BOB] },
    { state: "queued", by: ALICE, reason: null, heldBy: many },
    { state: "queued", by: BOB, reason: null },
  ] as const;
  door.lines.length = 0;

  face.handleEvent(NOW, { ...page([]), messages: [{ ...kept("hi"), states }] });

  expect(door.lines[1]).toEndWith(
    " hi (held by bob until alice comes; held by bob, bob, bob and 2 more until alice comes; " +
      "waits for bob)",
  );
  door.lines.length = 0;
  const [one] = states;
  const four = [one, one, one, one];
  face.handleEvent(NOW, { ...page([]), messages: [{ ...kept("hi"), states: four }] });
  expect(door.lines[1]).toEndWith(" hi (held for 4)");
});

test("what was cancelled is said to be, and is told apart from what has failed", () => {
  const { face, door } = begin();
  const cancelled = [{ state: "failed", by: ALICE, reason: "cancelled" }] as const;
  const failed = [{ state: "failed", by: ALICE, reason: "refused as invalid" }] as const;
  const said = kept("hi", "@alice");
  const messages = [
    { ...said, states: cancelled },
    { ...said, states: failed },
  ];
  const found = { text: "hi", messages, hasMore: false, unsearched: 0, damaged: 0 };
  door.lines.length = 0;

  face.handleEvent(NOW, { ...page([]), messages });
  face.handleEvent(NOW, { type: "reply", req: "1", command: "search", ...found });

  const fates = door.lines.flatMap((line) => /: hi \((.*)\)$/.exec(line)?.slice(1) ?? []);
  expect(fates).toEqual(["cancelled", "failed for alice", "failed for alice", "cancelled"]);
});

test("one jumps from what was found to where it was said, and goes on from there", () => {
  const { face, door } = begin();
  const messages = [kept("the boat", "#den"), kept("a boat", "@alice", ALICE)];
  const found = { text: "boat", messages, hasMore: false, unsearched: 0, damaged: 0 };
  door.lines.length = 0;
  face.handleEvent(NOW, { type: "reply", req: "1", command: "search", ...found });
  const shown = [...door.lines];

  face.handleLine(NOW, "/history ^1");
  face.handleEvent(NOW, page(["x", "the boat", "y"], { room: "#den", hasBefore: true }));
  face.handleLine(NOW, "/older 10");
  face.handleEvent(NOW, page([], { room: "#den", hasAfter: true }));
  face.handleLine(NOW, "/newer");

  expect(shown).toEqual([
    "14:02 * 2 found with boat (/history ^N shows what was said around one)",
    "^2 14:02 @alice alice: a boat",
    "^1 14:02 #den bob: the boat",
  ]);
  const of = { type: "history", room: "#den", with: null, before: null, after: null, around: null };
  expect(door.commands).toMatchObject([
    { ...of, around: "m-the boat", limit: 20 },
    { ...of, before: "m-x", limit: 10 },
    { ...of, after: "m-y", limit: 50 },
  ]);
});

test("of a private room that is said wherever one is told to be in it", () => {
  const rooms = [{ room: "#lobby", isPrivate: false }, DEN];
  const { face, door } = begin({ ...ready(), rooms });
  const reply = { type: "reply", req: "1" } as const;
  door.lines.length = 0;
  face.handleEvent(NOW, { ...reply, command: "join", ...DEN });
  face.handleEvent(NOW, { ...reply, command: "join", room: "#dev", isPrivate: false });
  face.handleEvent(NOW, { ...reply, command: "leave", room: "#dev", isPrivate: false });
  face.handleEvent(NOW, { ...reply, command: "who", room: "#den", members: [] });
  const unread = [{ room: "#den", unread: 2, upTo: null }];
  face.handleEvent(NOW, { ...reply, command: "unread", rooms: unread });
  face.handleEvent(NOW, { ...reply, command: "leave", ...DEN });

  expect(door.lines).toEqual([
    "14:02 * you are in #den (private), and talk there now",
    "14:02 * you are in #dev, and talk there now",
    "14:02 * you left #dev; you talk in #den (private) now",
    "14:02 * #den (private): ",
    "14:02 * unread: #den (private) 2",
    "14:02 * you left #den (private); you talk in #lobby now",
    "  Only its link or its secret lets you in again: /join #den is the open room of that name.",
  ]);
});

test("who begins in a private room is told that it is one", () => {
  const door = new Recorder();
  const face = new PlainFace({ ...OPTIONS, rooms: ["#lobby", "#den"] }, door);

  face.handleEvent(NOW, { ...ready(), rooms: [DEN] });

  expect(door.lines.at(-1)).toBe("14:02 * you talk in #den (private); /help lists the commands");
});
