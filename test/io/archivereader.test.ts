import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { copyFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ArchiveReader } from "../../lib/io/history/archivereader.ts";
import { Needle } from "../../lib/io/history/words.ts";
import { Store } from "../../lib/io/store.ts";
import { encodeContent } from "../../lib/wire/content.ts";
import { Chronicle, nameOf } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, LOBBY } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

/** What two say by turns, a ms apart: words, or others in place of what they said before. */
const talk = fc.array(
  fc.record({
    author: fc.constantFrom(BOB, CAROL),
    words: fc.constantFrom("boat", "tram"),
    /** The earlier message of the author that is changed, counted modulo how many there are. */
    changed: fc.option(fc.nat(9)),
  }),
  { minLength: 1, maxLength: 24 },
);

type Talk = typeof talk extends fc.Arbitrary<infer Plan> ? Plan : never;

/** All of it on a disk, and what is to be read of each message. */
function held(plan: Talk) {
  const file = join(scratch(), "p2pchat.db");
  const store = Store.open(file, ANN);
  const chronicle = new Chronicle();
  const messages: { author: typeof BOB; seq: number; wallMs: number; words: string }[] = [];
  for (const [i, { author, words, changed }] of plan.entries()) {
    const own = messages.filter((message) => message.author === author);
    const target = changed === null ? undefined : own[changed % Math.max(1, own.length)];
    const content =
      target === undefined
        ? ({ kind: "text", text: words } as const)
        : ({ kind: "edit", seq: target.seq, text: words } as const);
    const time = { wallMs: 1000 + i, tick: 0 };
    const run = chronicle.run(author, [{ time, ...encodeContent(content) }]);
    store.commit([{ kind: "heard", ...run }]);
    if (target === undefined) {
      messages.push({ author, seq: run.run.seq, wallMs: time.wallMs, words });
    } else target.words = words;
  }
  return { file, store, messages };
}

test("of what somebody has said who has written two histories there, that is told", () => {
  const plan = [BOB, CAROL, BOB].map((author) => ({
    author,
    words: "boat" as const,
    changed: null,
  }));
  const { file, store } = held(plan);
  store.commit([{ kind: "fork", room: LOBBY, author: BOB }]);
  store.close();
  const reader = ArchiveReader.open(file, ANN);

  const all = [...reader.earliestFirst({ rooms: [LOBBY], sinceMs: undefined })];
  reader.close();

  expect(all.map(({ author, isForked }) => [author, isForked])).toEqual([
    [BOB, true],
    [CAROL, false],
    [BOB, true],
  ]);
});

test("what a database still has in its log, on a disk that is read-only, is said in words", () => {
  const { file, store } = held([{ author: BOB, words: "boat", changed: null }]);
  const copy = join(scratch(), "p2pchat.db");
  for (const end of ["", "-wal"]) copyFileSync(file + end, copy + end);
  store.close();
  // As on a disk that is read-only: nothing can be made here by the name of the index.
  symlinkSync(copy, `${copy}-shm`);

  expect(() => ArchiveReader.open(copy, ANN)).toThrow(
    `Cannot read ${copy}: its end is in p2pchat.db-wal, which can be read only where files ` +
      `can be made beside it: copy ${dirname(copy)} to such a place, and say --data-dir COPY`,
  );
});

test("a search since a time is whole and in the order of saying, whatever was edited", () => {
  const limits = fc.integer({ min: 1, max: 30 });
  fc.assert(
    fc.property(talk, fc.nat(25), limits, fc.boolean(), (plan, since, limit, isIndexed) => {
      const { file, store, messages } = held(plan);
      if (isIndexed) while (store.tend());
      const sinceMs = since === 0 ? undefined : 1000 + since;
      const reader = ArchiveReader.open(file, ANN);

      const found = reader.last({ rooms: [LOBBY], sinceMs }, limit, new Needle("boat"));
      const live = store.load({ kind: "search", text: "boat", room: undefined, limit });

      const right = messages.filter(({ words }) => words === "boat");
      const recent = right.filter(({ wallMs }) => sinceMs === undefined || wallMs >= sinceMs);
      expect(found.map(nameOf)).toEqual(recent.slice(-limit).map(nameOf));
      if (live.kind !== "search" || live.step !== "page") throw new Error("Nothing was searched");
      expect(live.messages.toReversed().map(nameOf)).toEqual(right.slice(-limit).map(nameOf));
      expect(live.hasMore).toBe(right.length > limit);
      reader.close();
      store.close();
    }),
    { numRuns: 60 },
  );
});
