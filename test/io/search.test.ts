import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { join } from "node:path";
import type { SearchLoaded } from "../../lib/chat/history.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import type { RunWrite } from "../../lib/chat/records.ts";
import { entriesOf } from "../../lib/chat/chain.ts";
import { textOf } from "../../lib/chat/textof.ts";
import { Needle } from "../../lib/io/history/words.ts";
import type { Store } from "../../lib/io/store.ts";
import { Chronicle, nameOf, said } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, DEV, LOBBY } from "./support/entries.ts";
import { closeAll, open } from "./support/opened.ts";
import { scratch } from "./support/scratch.ts";

function hear(store: Store, runs: readonly RunWrite[]): void {
  store.commit(runs.map((run) => ({ kind: "heard", ...run }) as const));
}

/** Has everything indexed that is there. */
function index(store: Store): void {
  while (store.tend());
}

type Found = Extract<SearchLoaded, { step: "page" }>;

function search(store: Store, text: string, room?: typeof LOBBY, limit = 500): Found {
  const loaded = store.load({ kind: "search", text, room, limit });
  if (loaded.kind !== "search" || loaded.step !== "page") throw new Error("Nothing was looked for");
  return loaded;
}

const textsOf = ({ messages }: Found): string[] => messages.map(({ text }) => text);

/** Runs of three authors in two rooms, of few words, with times that interleave. */
const plan = fc.array(
  fc.record({
    author: fc.constantFrom(ANN, BOB, CAROL),
    room: fc.constantFrom(LOBBY, DEV),
    texts: fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 9 }),
        words: fc.array(fc.constantFrom("boat", "Boats", "café", "東京", "on"), { maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  { maxLength: 40 },
);

function written(runs: typeof plan extends fc.Arbitrary<infer Plan> ? Plan : never): RunWrite[] {
  const chronicle = new Chronicle();
  const clocks = new Map<string, number>();
  return runs.map(({ author, room, texts }) => {
    const contents = texts.map(({ gap, words }) => {
      const at = (clocks.get(room + author) ?? 0) + gap;
      clocks.set(room + author, at);
      return said(words.join(" ") || "-", Math.floor(at / 3), at % 3);
    });
    return chronicle.run(author, contents, room);
  });
}

test("what is found is what has the words, the latest first, however much is indexed", () => {
  const needles = fc.constantFrom("boat", "boat*", "cafe on", "東京", "boat cafe", "none");
  const rooms = fc.constantFrom(LOBBY, DEV, undefined);
  fc.assert(
    fc.property(plan, fc.nat(40), needles, rooms, (runs, indexed, typed, room) => {
      const all = written(runs);
      const store = open();
      hear(store, all.slice(0, indexed));
      index(store);
      hear(store, all.slice(indexed));

      const found = search(store, typed, room);

      const needle = new Needle(typed);
      const right = all
        .flatMap(({ run }) => entriesOf(run))
        .filter((entry) => room === undefined || entry.room === room)
        .filter((entry) => needle.isIn(textOf(entry) ?? ""))
        .toSorted((a, b) => compareEntries(b, a));
      expect(found.messages.map(nameOf)).toEqual(right.map(nameOf));
      closeAll();
    }),
    { numRuns: 60 },
  );
});

test("the last few are found where there are many, and it is said that there are more", () => {
  const store = open();
  const chronicle = new Chronicle();
  const run = (i: number) => chronicle.run(BOB, [said(`boat ${i}`, 1000 + i)]);
  hear(
    store,
    Array.from({ length: 900 }, (_, i) => run(i)),
  );
  index(store);

  const found = search(store, "boat", undefined, 3);

  expect(textsOf(found)).toEqual(["boat 899", "boat 898", "boat 897"]);
  expect([found.hasMore, found.unsearched]).toEqual([true, 0]);
});

test("what came late is found where it belongs, not where it came", () => {
  const store = open();
  const chronicle = new Chronicle();
  hear(store, [chronicle.run(BOB, [said("boat of today", 9000)])]);
  hear(store, [chronicle.run(CAROL, [said("boat of old", 1000)])]);
  index(store);

  expect(textsOf(search(store, "boat"))).toEqual(["boat of today", "boat of old"]);
});

test("an index goes on where it was, in the next run of the program", () => {
  const file = join(scratch(), "p2pchat.db");
  const first = open(file);
  const chronicle = new Chronicle();
  hear(
    first,
    Array.from({ length: 700 }, (_, i) => chronicle.run(BOB, [said(`w${i}`, i)])),
  );
  first.tend();
  closeAll();
  const progress = progressIn(file);

  const second = open(file);
  index(second);

  expect(progress).toBeGreaterThan(0);
  expect(progress).toBeLessThan(700);
  expect(progressIn(file)).toBe(700);
  expect(textsOf(search(second, "w3"))).toEqual(["w3"]);
  expect(textsOf(search(second, "w699"))).toEqual(["w699"]);
});

test("the index holds no text, and a damaged message is not shown by it", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  hear(store, [new Chronicle().run(BOB, [said("the quick brown boat", 1)])]);
  index(store);
  const db = new Database(file);
  const rows = db.query<{ doc: string | null }, []>("SELECT doc FROM words('boat')").all();
  db.run("UPDATE runs SET hash = zeroblob(32)");
  db.close();

  const found = search(store, "boat");

  expect(rows).toEqual([{ doc: null }]);
  expect([textsOf(found), found.damaged]).toEqual([[], 1]);
});

test("what was damaged before it was indexed is told, and what came with it is found", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  const chronicle = new Chronicle();
  const boats = Array.from({ length: 5 }, (_, i) => chronicle.run(BOB, [said(`boat ${i}`, i)]));
  hear(store, [...boats, chronicle.run(CAROL, [said("boat elsewhere", 9)], DEV)]);
  const db = new Database(file);
  db.run("UPDATE runs SET hash = zeroblob(32), entries = 3 WHERE seq = 2");
  db.close();

  index(store);
  const inRoom = search(store, "boat", LOBBY);
  const elsewhere = search(store, "boat", DEV);

  expect(progressIn(file)).toBe(6);
  expect([textsOf(inRoom), inRoom.damaged]).toEqual([["boat 4", "boat 3", "boat 2", "boat 0"], 1]);
  expect([textsOf(elsewhere), elsewhere.damaged]).toEqual([["boat elsewhere"], 0]);
});

test("a search without a word is told apart, and a broken index is told in words", () => {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  hear(store, [new Chronicle().run(BOB, [said("boat", 1)])]);
  const db = new Database(file);
  db.run("DROP TABLE words");
  db.close();

  const none = store.load({ kind: "search", text: "!", room: undefined, limit: 5 });
  const failed = store.load({ kind: "search", text: "boat", room: undefined, limit: 5 });
  const isMore = store.tend();

  expect(none).toEqual({ kind: "search", step: "empty" });
  expect(failed).toMatchObject({ kind: "search", step: "failed" });
  expect(isMore).toBe(false);
});

function progressIn(file: string): number {
  const db = new Database(file, { readonly: true });
  const [row] = db.query<{ arrival: number }, []>("SELECT arrival FROM indexed").all();
  db.close();
  return row?.arrival ?? -1;
}
