import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  type HistoryLoaded,
  type HistoryQuery,
  type KeptState,
  PAGE_BYTES_MAX,
  type PageStart,
} from "../../lib/chat/history.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { directRoom } from "../../lib/chat/rooms.ts";
import type { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, DAVE, DEV, LOBBY } from "./support/entries.ts";
import { open } from "./support/opened.ts";
import { scratch } from "./support/scratch.ts";

function page(
  store: Store,
  from: PageStart = { step: "end" },
  { room = LOBBY, limit = 5 }: Partial<HistoryQuery> = {},
): Extract<HistoryLoaded, { step: "page" }> {
  const loaded = store.load({ kind: "history", room, from, limit });
  if (loaded.kind !== "history" || loaded.step !== "page") throw new Error("There is no such page");
  return loaded;
}

const textsOf = ({ messages }: { messages: readonly { text: string }[] }): string[] =>
  messages.map(({ text }) => text);

/** Twelve texts, `0` to `11`, of Bob and Carol by turns. */
function dozen(): Write[] {
  const chronicle = new Chronicle();
  return Array.from({ length: 12 }, (_, i) => {
    const author = i % 2 === 0 ? BOB : CAROL;
    return { kind: "heard", ...chronicle.run(author, [said(String(i), 1000 + i)]) } as const;
  });
}

/** Bob said the even ones. */
const idOf = (text: number): string =>
  messageId(LOBBY, text % 2 === 0 ? BOB : CAROL, Math.floor(text / 2) + 1);

test("first, last and those before, after and around a message, pages say what lies beyond", () => {
  const store = open();
  store.commit(dozen());

  const beginning = page(store, { step: "beginning" });
  const last = page(store);
  const before = page(store, { step: "before", id: idOf(7) });
  const first = page(store, { step: "before", id: idOf(2) });
  const after = page(store, { step: "after", id: idOf(7) });
  const around = page(store, { step: "around", id: idOf(6) });

  expect(textsOf(beginning)).toEqual(["0", "1", "2", "3", "4"]);
  expect([beginning.hasBefore, beginning.hasAfter]).toEqual([false, true]);
  expect(textsOf(last)).toEqual(["7", "8", "9", "10", "11"]);
  expect([last.hasBefore, last.hasAfter]).toEqual([true, false]);
  expect(textsOf(before)).toEqual(["2", "3", "4", "5", "6"]);
  expect([before.hasBefore, before.hasAfter]).toEqual([true, true]);
  expect(textsOf(first)).toEqual(["0", "1"]);
  expect([first.hasBefore, first.hasAfter]).toEqual([false, true]);
  expect(textsOf(after)).toEqual(["8", "9", "10", "11"]);
  expect([after.hasBefore, after.hasAfter]).toEqual([true, false]);
  expect(textsOf(around)).toEqual(["4", "5", "6", "7", "8"]);
  expect([around.hasBefore, around.hasAfter]).toEqual([true, true]);
  expect(last.messages.map(({ id }) => id)).toEqual([7, 8, 9, 10, 11].map(idOf));
});

test("pages laid end to end are the room, each message once", () => {
  const store = open();
  store.commit(dozen());
  const texts: string[] = [];

  let from: PageStart = { step: "end" };
  for (let isMore = true; isMore;) {
    const { messages, hasBefore } = page(store, from);
    texts.unshift(...messages.map(({ text }) => text));
    from = { step: "before", id: messages[0]?.id ?? "" };
    isMore = hasBefore;
  }

  expect(texts).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
});

test.each(["", "no id", "0".repeat(32), idOf(1).toUpperCase(), messageId(DEV, BOB, 1)])(
  "there is no page by %p, which is no message of the room",
  (id) => {
    const store = open();
    store.commit(dozen());

    const loaded = store.load({
      kind: "history",
      room: LOBBY,
      from: { step: "before", id },
      limit: 5,
    });

    expect(loaded).toEqual({ kind: "history", step: "unknown" });
  },
);

test("one's own messages say what became of them, for each who was to get them", () => {
  const store = open();
  const chronicle = new Chronicle();
  const recipients = [BOB, CAROL, DAVE];
  const run = chronicle.run(ANN, [said("one", 1), said("two", 2)]);
  store.commit([
    { kind: "room", room: LOBBY, name: "#lobby", joined: true },
    { kind: "own", ...run, recipients },
    { kind: "heard", ...chronicle.run(BOB, [said("hi", 3)]) },
    { kind: "own", ...chronicle.run(ANN, [said("alone", 4)]), recipients: [] },
    { kind: "receipt", room: LOBBY, seq: 1, by: BOB, wallMs: 9 },
    { kind: "failure", room: LOBBY, seq: 1, by: DAVE, reason: "no longer in this room" },
  ]);

  const { messages } = page(store);

  const states: KeptState[] = [
    { state: "delivered", by: BOB, reason: null },
    { state: "failed", by: DAVE, reason: "no longer in this room" },
    { state: "queued", by: CAROL, reason: null },
  ];
  expect(messages.map((message) => [message.text, message.states])).toEqual([
    ["one", messages[1]?.states],
    ["two", messages[0]?.states],
    ["hi", undefined],
    ["alone", []],
  ]);
  expect(new Set(messages[0]?.states)).toEqual(new Set(states));
  expect(messages[0]?.where).toEqual({ kind: "room", name: "#lobby" });
});

test("a conversation of two is known by the other, also where only one has spoken", () => {
  const store = open();
  const chronicle = new Chronicle();
  const [withBob, withCarol] = [directRoom(ANN, BOB), directRoom(ANN, CAROL)];
  store.commit([
    { kind: "own", ...chronicle.run(ANN, [said("hi bob", 1)], withBob), recipients: [BOB] },
    { kind: "heard", ...chronicle.run(CAROL, [said("hi ann", 1)], withCarol) },
  ]);

  const where = [withBob, withCarol].map(
    (room) => page(store, undefined, { room }).messages[0]?.where,
  );

  expect(where).toEqual([
    { kind: "direct", peer: BOB },
    { kind: "direct", peer: CAROL },
  ]);
});

test("a page ends before its texts are too long for it, but holds one at least", () => {
  const store = open();
  const chronicle = new Chronicle();
  const long = "x".repeat(60_000);
  for (let i = 0; i < 30; i++) {
    store.commit([{ kind: "heard", ...chronicle.run(BOB, [said(long, 1000 + i)]) }]);
  }

  const { messages, hasBefore } = page(store, undefined, { limit: 30 });

  expect(messages).toHaveLength(Math.floor(PAGE_BYTES_MAX / long.length));
  expect(hasBefore).toBe(true);
});

test("what the disk does not give back as it was written is left out, and counted", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  store.commit(dozen());
  const db = new Database(file);
  db.run("UPDATE runs SET bytes = zeroblob(length(bytes)) WHERE seq = 6");
  db.close();

  const { messages, damaged } = page(store);

  expect(messages.map(({ text }) => text)).toEqual(["5", "6", "7", "8", "9"]);
  expect(damaged).toBe(2);
});

test("a history that cannot be read is told in words, and the store goes on", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  const db = new Database(file);
  db.run("DROP INDEX runs_by_last; ALTER TABLE runs RENAME TO walks");
  db.close();

  const loaded = store.load({ kind: "history", room: LOBBY, from: { step: "end" }, limit: 5 });

  expect(loaded).toMatchObject({ kind: "history", step: "failed" });
  expect("reason" in loaded && loaded.reason).toStartWith(`Cannot use ${file}: `);
});
