import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerId, RoomId } from "../../lib/base/ids.ts";
import type { Keep } from "../../lib/chat/retention.ts";
import { SWEEP_EVERY_MS } from "../../lib/io/history/retention.ts";
import { Store } from "../../lib/io/store.ts";
import { type Content, encodeContent } from "../../lib/wire/content.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, DEV, LOBBY, markAll } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const DAY_MS = 86_400_000;
const NOW = 1_800_000_000_000;

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

/** Ann's; `clock` is set by the test. */
function open(file = join(scratch(), "p2pchat.db"), clock = { at: NOW }) {
  const store = Store.open(file, ANN, undefined, { now: () => clock.at });
  stores.push(store);
  return { store, clock, file };
}

function tend(store: Store): void {
  while (store.tend());
}

function retain(store: Store, keep: Keep, room: RoomId = LOBBY): void {
  store.commit([{ kind: "retention", room, keep }]);
  tend(store);
}

function textsIn(store: Store, room: RoomId = LOBBY): string[] {
  const loaded = store.load({ kind: "history", room, from: { step: "end" }, limit: 500 });
  if (loaded.kind !== "history" || loaded.step !== "page") throw new Error("There is no page");
  return loaded.messages.map(({ text }) => text);
}

/** One message a day of Bob's for so many days, the last of them now. */
function daily(days: number, room: RoomId = LOBBY) {
  const chronicle = new Chronicle();
  return Array.from({ length: days }, (_, i) => {
    const content = said(`word${days - 1 - i}`, NOW - (days - 1 - i) * DAY_MS);
    return { kind: "heard", ...chronicle.run(BOB, [content], room) } as const;
  });
}

test("what is older than a room keeps is removed, in that room alone", () => {
  const { store } = open();
  store.commit([...daily(300), ...daily(5, DEV)]);
  markAll(store);

  retain(store, { kind: "age", ms: 2.5 * DAY_MS });

  expect(textsIn(store)).toEqual(["word2", "word1", "word0"]);
  expect(textsIn(store, DEV)).toHaveLength(5);
});

test("the last messages are kept, as many as a room is to keep", () => {
  const { store } = open();
  store.commit(daily(20));
  markAll(store);

  retain(store, { kind: "count", messages: 3 });

  expect(textsIn(store)).toEqual(["word2", "word1", "word0"]);
});

test("of what is counted only messages that can be read are", () => {
  const { store } = open();
  const chronicle = new Chronicle();
  let wallMs = NOW - DAY_MS;
  const by = (author: PeerId, ...contents: Content[]) => {
    const timed = contents.map((content) => {
      wallMs += 1000;
      const { type, body } = encodeContent(content);
      return { type, body, time: { wallMs, tick: 0 } };
    });
    return { kind: "heard", ...chronicle.run(author, timed) } as const;
  };
  const text = (words: string) => ({ kind: "text", text: words }) as const;
  const react = (emoji: string) => {
    return { kind: "reaction", to: { author: BOB, seq: 201 }, isOn: true, emoji } as const;
  };
  store.commit([
    ...Array.from({ length: 200 }, (_, i) => by(BOB, text(`old${i}`))),
    by(BOB, text("one")),
    by(BOB, text("two"), text("three"), text("regretted")),
    by(BOB, { kind: "edit", seq: 202, text: "two indeed" }, { kind: "delete", seq: 204 }),
    ...Array.from({ length: 200 }, (_, i) => by(CAROL, react(i % 2 === 0 ? "👍" : "👎"))),
    by(CAROL, { kind: "topic", text: "numbers" }),
    by(CAROL, text("four")),
  ]);
  markAll(store);

  retain(store, { kind: "count", messages: 4 });

  expect(textsIn(store)).toEqual(["one", "two indeed", "three", "four"]);
});

test("of runs that lie across one another, the messages that were said last are kept", () => {
  const { store } = open();
  const chronicle = new Chronicle();
  const spoken = (text: string, second: number) => said(text, NOW - DAY_MS + 1000 * second);
  const across = ["a1", "a5", "a9"].map((text) => spoken(text, Number(text.slice(1))));
  store.commit([
    { kind: "heard", ...chronicle.run(BOB, [spoken("b2", 2)]) },
    { kind: "heard", ...chronicle.run(BOB, [spoken("b4", 4)]) },
    { kind: "heard", ...chronicle.run(BOB, [spoken("b6", 6)]) },
    { kind: "heard", ...chronicle.run(CAROL, across) },
    { kind: "heard", ...chronicle.run(BOB, [spoken("b8", 8)]) },
  ]);
  markAll(store);

  retain(store, { kind: "count", messages: 4 });

  expect(textsIn(store)).toEqual(["a1", "a5", "b6", "b8", "a9"]);
});

test("a room that holds fewer messages than it may keeps them all", () => {
  const { store } = open();
  store.commit(daily(200));
  markAll(store);

  retain(store, { kind: "count", messages: 201 });
  const before = textsIn(store).length;
  retain(store, { kind: "count", messages: 199 });

  expect([before, textsIn(store).length]).toEqual([200, 199]);
});

test("the end of a chain stays, and what waits for somebody, and what was not shown", () => {
  const { store, file } = open();
  const chronicle = new Chronicle();
  const old = (i: number) => said(`old${i}`, NOW - 90 * DAY_MS + i);
  store.commit([
    { kind: "heard", ...chronicle.run(BOB, [old(0)]) },
    { kind: "own", ...chronicle.run(ANN, [old(1)]), recipients: [CAROL] },
    { kind: "own", ...chronicle.run(ANN, [old(2)]), recipients: [] },
    { kind: "heard", ...chronicle.run(BOB, [old(3)]) },
    { kind: "own", ...chronicle.run(ANN, [old(4)]), recipients: [] },
  ]);
  markAll(store);
  store.commit([
    { kind: "heard", ...chronicle.run(CAROL, [old(5)]) },
    { kind: "heard", ...chronicle.run(CAROL, [old(6)]) },
  ]);

  retain(store, { kind: "age", ms: DAY_MS });
  const heads = store.restore().chat.heads;
  const next = stores.pop();
  next?.close();
  const after = open(file).store;

  expect(textsIn(after)).toEqual(["old1", "old3", "old4", "old5", "old6"]);
  expect(after.restore().chat.heads).toEqual(heads);
  after.commit([{ kind: "tried", peer: CAROL }]);
  const loaded = after.load({ kind: "outbox", peer: CAROL, after: 0, limit: 9 });
  expect(loaded.kind === "outbox" && loaded.rows).toHaveLength(1);
});

/** Rows of a table, as another program sees them. */
function rowsOf(file: string, table: string): number {
  const db = new Database(file, { readonly: true });
  const count = db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n;
  db.close();
  return count ?? 0;
}

test("what changed a message goes with it, and stays where that does", () => {
  const { store, file } = open();
  const chronicle = new Chronicle();
  const by = (author: PeerId, content: Content, age: number) => {
    const time = { wallMs: NOW - age * DAY_MS, tick: 0 };
    return {
      kind: "heard",
      ...chronicle.run(author, [{ time, ...encodeContent(content) }]),
    } as const;
  };
  const react = (author: PeerId, seq: number, emoji: string) => {
    return { kind: "reaction", to: { author, seq }, isOn: true, emoji } as const;
  };
  store.commit([
    by(BOB, { kind: "text", text: "gone" }, 90),
    by(BOB, { kind: "topic", text: "old topic" }, 89),
    by(BOB, { kind: "edit", seq: 1, text: "gone too" }, 88),
    by(CAROL, react(BOB, 1, "👍"), 87),
    by(BOB, { kind: "topic", text: "topic in force" }, 86),
    by(BOB, { kind: "text", text: "the last of bob" }, 85),
    by(CAROL, react(BOB, 5, "👎"), 84),
    by(CAROL, react(BOB, 1, "👎"), 83),
    by(CAROL, { kind: "text", text: "new" }, 0),
  ]);
  markAll(store);

  retain(store, { kind: "age", ms: DAY_MS });

  const loaded = store.load({
    kind: "history",
    room: LOBBY,
    from: { step: "end" },
    limit: 9,
  });
  expect(loaded).toMatchObject({
    messages: [
      { text: "the last of bob", reactions: [{ emoji: "👎", by: [CAROL] }] },
      { text: "new", reactions: [] },
    ],
  });
  expect(store.load({ kind: "topics", rooms: [LOBBY], upToMs: NOW })).toMatchObject({
    topics: [{ text: "topic in force" }],
  });
  expect([rowsOf(file, "amendments"), rowsOf(file, "topics")]).toEqual([1, 1]);
});

test("what is deleted and must stay for a while does not come back", () => {
  const { store } = open();
  const chronicle = new Chronicle();
  const own = (content: Content, age: number, recipients: PeerId[]) => {
    const time = { wallMs: NOW - age * DAY_MS, tick: 0 };
    const run = chronicle.run(ANN, [{ time, ...encodeContent(content) }]);
    return { kind: "own", ...run, recipients } as const;
  };
  store.commit([
    own({ kind: "text", text: "secret" }, 90, [CAROL]),
    own({ kind: "delete", seq: 1 }, 89, []),
    own({ kind: "text", text: "new" }, 0, []),
  ]);

  retain(store, { kind: "age", ms: DAY_MS });

  expect(textsIn(store)).toEqual(["new"]);
});

test("how far a chain was dropped is told once, and known in the next run", () => {
  const { store, file } = open();
  const hash = new Uint8Array(32);
  const gap = {
    after: { seq: 30, hash, time: { wallMs: NOW - 20 * DAY_MS, tick: 0 } },
    to: 40,
    hash,
    before: { wallMs: NOW - 19 * DAY_MS, tick: 0 },
  };
  const late = { ...gap, to: 90, before: { wallMs: NOW, tick: 0 } };
  store.commit([
    ...daily(20),
    { kind: "gaps", room: LOBBY, author: CAROL, gaps: [gap] },
    { kind: "gaps", room: LOBBY, author: ANN, gaps: [late] },
  ]);
  markAll(store);

  retain(store, { kind: "count", messages: 3 });
  const told = store.takeDropped();
  const again = store.takeDropped();
  stores.pop()?.close();
  const { floors, gaps } = open(file).store.restore().chat;

  const bob = told.filter(({ author }) => author === BOB);
  expect(bob.at(-1)).toEqual({ room: LOBBY, author: BOB, seq: 17 });
  expect(told).toContainEqual({ room: LOBBY, author: CAROL, seq: 40 });
  expect(again).toEqual([]);
  expect(floors).toEqual([
    { room: LOBBY, author: BOB, seq: 17 },
    { room: LOBBY, author: CAROL, seq: 40 },
  ]);
  expect(gaps.map(({ author }) => author)).toEqual([ANN]);
});

test("nothing of what was removed is found, or left in the file", () => {
  const { store, file } = open();
  store.commit(daily(50));
  markAll(store);
  tend(store);

  retain(store, { kind: "count", messages: 2 });
  const found = ["word40", "word1"].map((text) => {
    return store.load({ kind: "search", text, room: undefined, limit: 9 });
  });
  stores.pop()?.close();
  const bytes = readFileSync(file, "latin1");

  expect(found).toMatchObject([{ messages: [] }, { messages: [{ text: "word1" }] }]);
  expect(bytes).not.toContain("word40");
  expect(bytes).toContain("word1");
});

test("what grows old later is removed then, and forever ends it", () => {
  const { store, clock } = open();
  store.commit(daily(4));
  markAll(store);
  retain(store, { kind: "age", ms: 10 * DAY_MS });
  const first = textsIn(store).length;

  clock.at += 8.5 * DAY_MS;
  tend(store);
  const second = textsIn(store);
  store.commit([{ kind: "retention", room: LOBBY, keep: { kind: "all" } }]);
  clock.at += 100 * DAY_MS + SWEEP_EVERY_MS;
  tend(store);

  expect(first).toBe(4);
  expect(second).toEqual(["word1", "word0"]);
  expect(textsIn(store)).toEqual(["word1", "word0"]);
});

test("each step is short, and goes on where the one before has ended", () => {
  const { store, file } = open();
  store.commit(daily(700));
  markAll(store);
  tend(store);
  store.commit([{ kind: "retention", room: LOBBY, keep: { kind: "age", ms: DAY_MS / 2 } }]);
  const left: number[] = [];
  const db = new Database(file, { readonly: true });

  while (store.tend()) {
    left.push(db.query<{ n: number }, []>("SELECT count(*) AS n FROM runs").get()?.n ?? 0);
  }
  db.close();

  const steps = left.map((count, i) => (left[i - 1] ?? 700) - count).filter((gone) => gone > 0);
  expect(steps.length).toBeGreaterThan(3);
  expect(Math.max(...steps)).toBeLessThanOrEqual(128);
});
