import { expect, test } from "bun:test";
import type { PeerId } from "../../lib/base/ids.ts";
import { Chat } from "../../lib/chat/chat.ts";
import type { HistoryLoaded, KeptMessage, PlaceLoaded } from "../../lib/chat/history.ts";
import { NOTHING_RESTORED } from "../../lib/chat/records.ts";
import { directRoom, openRoom } from "../../lib/chat/rooms.ts";
import { Addressees } from "../../lib/node/addressees.ts";
import { Archive } from "../../lib/node/archive.ts";
import type { CommandOf } from "../../lib/node/commands.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { Pins } from "../../lib/node/pins.ts";
import { Roster } from "../../lib/node/roster.ts";
import { envelopesOf, signaturesOf } from "../chat/signatures.ts";
import { ANN, BOB, peer } from "../io/support/entries.ts";

function stage() {
  const roster = new Roster([]);
  const learn = (peerId: PeerId, name: string) => {
    const [noiseKey, signature] = [new Uint8Array(32), new Uint8Array(64)];
    roster.learn({ peerId, noiseKey, name, serial: 1, signature });
  };
  learn(ANN, "ann");
  learn(BOB, "bob");
  const chat = new Chat({
    now: 0,
    me: ANN,
    restored: NOTHING_RESTORED,
    signatures: signaturesOf(ANN),
    envelopes: envelopesOf(ANN),
  });
  const events: PeerEvent[] = [];
  const report = (event: PeerEvent) => events.push(event);
  const addressees = new Addressees({ me: ANN, chat, roster, report });
  const pins = new Pins();
  const archive = new Archive({ me: ANN, chat, roster, addressees, pins, report });
  return { archive, chat, events, pins };
}

function asked(about: Partial<CommandOf<"history">>): CommandOf<"history"> {
  const nothing = { room: null, with: null, before: null, after: null, around: null };
  return { type: "history", req: "r1", ...nothing, limit: 50, ...about };
}

const page = (messages: readonly KeptMessage[]): HistoryLoaded => {
  const more = { hasBefore: false, hasAfter: false, damaged: 0 };
  return { kind: "history", step: "page", messages, ...more };
};

/** What the disk is asked for, one after the other. */
function queriesOf(archive: Archive, answers: readonly (HistoryLoaded | PlaceLoaded)[]) {
  return answers.map((answer) => {
    const output = archive.pollLoad();
    archive.handleLoaded(answer);
    return output?.kind === "load" ? output.query : undefined;
  });
}

const found = (name: string, label = name): PlaceLoaded => {
  const keep = { kind: "count", messages: 9 } as const;
  return { kind: "place", step: "found", room: openRoom(name), label, keep };
};

test("a room and a conversation are asked of the disk by their ids, from where it was said", () => {
  const { archive, chat } = stage();
  chat.join(0, "#lobby");
  archive.history(asked({ room: "#lobby" }));
  archive.history(asked({ room: "#lobby", around: "m1" }));
  archive.history(asked({ room: "#left~ab", before: "m2", limit: 7 }));
  archive.history(asked({ with: "@bob" }));

  const answers = [page([]), found("#lobby"), page([]), found("#left"), page([]), page([])];
  const queries = queriesOf(archive, answers);

  const lobby = { kind: "history", room: openRoom("#lobby"), limit: 50 } as const;
  const left = { from: { step: "before", id: "m2" }, limit: 7 } as const;
  const [named, joined] = [{ name: "#lobby", prefix: "" }, openRoom("#lobby")];
  const other = { name: "#left", prefix: "ab", joined: undefined };
  expect(queries).toEqual([
    { ...lobby, from: { step: "end" } },
    { kind: "place", step: "called", ...named, joined, message: "m1" },
    { ...lobby, from: { step: "around", id: "m1" } },
    { kind: "place", step: "called", ...other, message: "m2" },
    { kind: "history", room: openRoom("#left"), ...left },
    { kind: "history", room: directRoom(ANN, BOB), from: { step: "end" }, limit: 50 },
  ]);
});

test("which of several rooms is meant is told, and asked where it cannot be known", () => {
  const { archive, events } = stage();
  for (const req of ["r1", "r2", "r3"]) archive.history(asked({ req, room: "#den" }));

  const labels = ["#den~0a0b0c0d", "#den~11223344"];
  queriesOf(archive, [
    { kind: "place", step: "ambiguous", labels },
    { kind: "place", step: "unknown" },
    found("#den", "#den~0a0b0c0d"),
    page([]),
  ]);

  expect(events).toMatchObject([
    { req: "r1", code: "AMBIGUOUS", text: "#den is ambiguous: say one of " + labels.join(", ") },
    { req: "r2", code: "NO_PEER", text: "Nothing is kept of #den" },
    { req: "r3", command: "history", room: "#den~0a0b0c0d" },
  ]);
});

test("the disk is asked one page at a time, and each answer goes to who asked for it", () => {
  const { archive, events } = stage();
  for (const req of ["r1", "r2"]) archive.history(asked({ req, with: "@bob" }));

  const first = archive.pollLoad();
  const early = archive.pollLoad();
  const place = { author: ANN, seq: 3, time: { wallMs: 5, tick: 2 } };
  const states = [{ state: "queued", by: BOB, reason: null }] as const;
  const where = { kind: "direct", peer: BOB } as const;
  const plain = { isAction: false, replyTo: undefined, isEdited: false, reactions: [] };
  archive.handleLoaded(page([{ id: "m", where, ...place, ...plain, text: "hi", states }]));
  const second = archive.pollLoad();
  archive.handleLoaded({ kind: "history", step: "failed", reason: "Cannot use it" });

  expect([first?.kind, early, second?.kind]).toEqual(["load", undefined, "load"]);
  const bob = { name: "bob", id: BOB };
  expect(events).toEqual([
    {
      type: "reply",
      req: "r1",
      command: "history",
      room: "@bob",
      messages: [
        {
          id: "m",
          room: "@bob",
          from: { name: "ann", id: ANN },
          text: "hi",
          sentAtMs: 5,
          tick: 2,
          seq: 3,
          states: [{ state: "queued", by: bob, reason: null }],
        },
      ],
      hasBefore: false,
      hasAfter: false,
      damaged: 0,
    },
    { type: "error", req: "r2", code: "INTERNAL", text: "Cannot use it" },
  ]);
});

test.each([
  [{}, "USAGE", 'Say which: "room" is #name'],
  [{ room: "#lobby", with: "@bob" }, "USAGE", 'Say which: "room" is #name'],
  [{ with: "@dave" }, "NO_PEER", "Nobody known here is @dave"],
  [{ room: "#lobby", before: "a", after: "b" }, "USAGE", "before, after or around"],
  [{ room: "#lobby", beginning: true, after: "b" }, "USAGE", "before, after or around"],
] as const)(
  "%j is answered with what is wrong, and the disk is not asked",
  (about, code, words) => {
    const { archive, events } = stage();

    archive.history(asked(about));

    expect(archive.pollLoad()).toBeUndefined();
    expect(events).toMatchObject([{ type: "error", req: "r1", code }]);
    expect(events[0]?.type === "error" && events[0].text).toContain(words);
  },
);

test("words are looked for everywhere, in a room or between two", () => {
  const { archive, chat, events } = stage();
  chat.join(0, "#dev");
  const about = { type: "search", req: "r1", text: "boat", limit: 5 } as const;
  archive.search({ ...about, room: null, with: null });
  archive.search({ ...about, room: "#dev", with: null });
  archive.search({ ...about, room: null, with: "@bob" });

  const rooms = [1, 2, 3].map(() => {
    const output = archive.pollLoad();
    archive.handleLoaded({ kind: "search", step: "empty" });
    return output?.kind === "load" && output.query.kind === "search" && output.query.room;
  });

  expect(rooms).toEqual([undefined, openRoom("#dev"), directRoom(ANN, BOB)]);
  expect(events).toMatchObject(Array.from({ length: 3 }, () => ({ code: "USAGE" })));
});

test("how much is kept of a room or a conversation is written down", () => {
  const { archive, chat, events, pins } = stage();
  const about = { type: "retain", req: "r1", room: null, with: null } as const;
  chat.join(0, "#dev");

  archive.retain({ ...about, room: "#dev", keep: "30d" });
  archive.retain({ ...about, with: "@bob", keep: "forever" });
  archive.retain({ ...about, room: "#dev", keep: "some" });
  archive.retain({ ...about, keep: "1000" });

  expect(pins.pollStore(0)).toEqual([
    {
      kind: "retention",
      room: openRoom("#dev"),
      keep: { kind: "age", ms: 30 * 24 * 3_600_000 },
    },
    { kind: "retention", room: directRoom(ANN, BOB), keep: { kind: "all" } },
  ]);
  expect(events).toMatchObject([{ code: "USAGE" }, { code: "USAGE" }]);
  pins.handleStored(0, true);
  expect(events.slice(2)).toEqual([
    { type: "reply", req: "r1", command: "retain", room: "#dev", keep: "30d" },
    { type: "reply", req: "r1", command: "retain", room: "@bob", keep: "forever" },
  ]);
});

test("how much is kept is told where it is asked, and written for a room that was left", () => {
  const { archive, events, pins } = stage();
  const about = { type: "retain", req: "r1", room: null, with: null } as const;
  archive.retain({ ...about, room: "#den", keep: null });
  archive.retain({ ...about, with: "@bob", keep: null });
  archive.retain({ ...about, room: "#den", keep: "12h" });

  const keep = { kind: "all" } as const;
  const direct = { kind: "place", step: "found", label: undefined, keep } as const;
  queriesOf(archive, [
    found("#den", "#den~0a0b0c0d"),
    { ...direct, room: directRoom(ANN, BOB) },
    found("#den", "#den~0a0b0c0d"),
  ]);

  const written = { kind: "age", ms: 12 * 3_600_000 } as const;
  expect(pins.pollStore(0)).toEqual([{ kind: "retention", room: openRoom("#den"), keep: written }]);
  pins.handleStored(0, false);
  expect(events).toMatchObject([
    { command: "retain", room: "#den~0a0b0c0d", keep: "9" },
    { command: "retain", room: "@bob", keep: "forever" },
    { command: "retain", room: "#den~0a0b0c0d", keep: "12h", isKept: false },
  ]);
});

test("what waits is told with those who have not got it yet", () => {
  const { archive, events } = stage();
  archive.outbox({ type: "outbox", req: "r1", limit: 5 });

  const output = archive.pollLoad();
  const place = { author: ANN, seq: 3, time: { wallMs: 5, tick: 2 } };
  const where = { kind: "room", name: "#dev" } as const;
  const states = [
    { state: "delivered", by: peer(0xcc), reason: null },
    { state: "queued", by: BOB, reason: null },
    { state: "failed", by: peer(0xdd), reason: "no longer in this room" },
  ] as const;
  const plain = { isAction: false, replyTo: undefined, isEdited: false, reactions: [] };
  const messages = [{ id: "m", where, ...place, ...plain, text: "hi", states }];
  archive.handleLoaded({ kind: "waiting", step: "page", messages, more: 2 });

  expect(output).toMatchObject({ kind: "load", query: { kind: "waiting", limit: 5 } });
  const to = [{ name: "bob", id: BOB }];
  expect(events).toEqual([
    {
      type: "reply",
      req: "r1",
      command: "outbox",
      messages: [{ id: "m", room: "#dev", text: "hi", sentAtMs: 5, to, heldBy: [] }],
      more: 2,
    },
  ]);
});

test("a message that is not there is said to be", () => {
  const { archive, events } = stage();
  archive.history(asked({ room: "#lobby", around: "m1" }));

  queriesOf(archive, [found("#lobby"), { kind: "history", step: "unknown" }]);

  expect(events).toMatchObject([
    { code: "NO_PEER", text: "Nothing with this id is kept of #lobby" },
  ]);
});

test("more questions than are kept waiting are turned away", () => {
  const { archive, events } = stage();

  for (let i = 0; i < 70; i++) archive.history(asked({ req: `r${i}`, room: "#lobby" }));

  expect(events).toHaveLength(6);
  expect(events[0]).toMatchObject({ type: "error", req: "r64", code: "USAGE" });
});
