import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { entriesOf } from "../../lib/chat/chain.ts";
import { compareEntries, type Place } from "../../lib/chat/order.ts";
import type { RunWrite } from "../../lib/chat/records.ts";
import { Timeline } from "../../lib/io/history/timeline.ts";
import { RunTable } from "../../lib/io/runtable.ts";
import { migrate } from "../../lib/io/schema.ts";
import { Statements, type Value } from "../../lib/io/statements.ts";
import type { HybridTime } from "../../lib/wire/entry.ts";
import { Chronicle, nameOf } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, DEV, LOBBY } from "./support/entries.ts";

const AUTHORS = [ANN, BOB, CAROL];

/** A database of these runs, in that order of arrival. */
function holding(runs: readonly RunWrite[]) {
  const db = new Database(":memory:", { strict: true });
  migrate(db);
  const statements = new Statements(db);
  const table = new RunTable(statements, () => undefined);
  for (const run of runs) table.insert(run, 0);
  const damaged: number[] = [];
  const timeline = new Timeline(statements, (entries) => damaged.push(entries));
  return { db, timeline, damaged };
}

/** How long after the entry before in its chain each of a run's entries is said. */
const gaps = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })), {
  minLength: 1,
  maxLength: 6,
});
const runs = fc.array(fc.record({ author: fc.nat(2), isElsewhere: fc.boolean(), gaps }), {
  maxLength: 150,
});

/** Times are counted in ticks, three of them a ms, so that many are of one ms and some the same. */
function written(plan: readonly { author: number; isElsewhere: boolean; gaps: number[] }[]) {
  const chronicle = new Chronicle();
  const clocks = new Map<string, number>();
  return plan.map(({ author: number, isElsewhere, gaps: between }) => {
    const author = AUTHORS[number] ?? ANN;
    const room = isElsewhere ? DEV : LOBBY;
    const contents = between.map((gap) => {
      const at = (clocks.get(room + author) ?? 0) + gap;
      clocks.set(room + author, at);
      return { time: timeAt(at) };
    });
    return chronicle.run(author, contents, room);
  });
}

function timeAt(at: number): HybridTime {
  return { wallMs: Math.floor(at / 3), tick: at % 3 };
}

test("a room is read in its order from any place, whoever's runs interleave", () => {
  fc.assert(
    fc.property(
      runs,
      fc.nat(400),
      fc.nat(2),
      fc.integer({ min: 0, max: 5 }),
      (plan, at, who, seq) => {
        const all = written(plan);
        const { timeline, db } = holding(all);
        const place: Place = { time: timeAt(at), author: AUTHORS[who] ?? ANN, seq };
        const entries = all
          .flatMap(({ run }) => entriesOf(run))
          .filter(({ room }) => room === LOBBY);
        const inOrder = entries.toSorted(compareEntries);

        const down = [...timeline.before(LOBBY, undefined)];
        const up = [...timeline.after(LOBBY, undefined)];
        const below = [...timeline.before(LOBBY, place)];
        const above = [...timeline.after(LOBBY, place)];

        const names = inOrder.map(nameOf);
        expect(down.map(nameOf)).toEqual(names.toReversed());
        expect(up.map(nameOf)).toEqual(names);
        const isBelow = (entry: Place) => compareEntries(entry, place) < 0;
        const isAbove = (entry: Place) => compareEntries(entry, place) > 0;
        expect(below.map(nameOf)).toEqual(inOrder.filter(isBelow).map(nameOf).toReversed());
        expect(above.map(nameOf)).toEqual(inOrder.filter(isAbove).map(nameOf));
        db.close();
      },
    ),
    { numRuns: 150 },
  );
});

test.each([
  ["alone", 1],
  ["several at once", 3],
])("a page costs what it holds, not what the room does: %s", (_how, entries) => {
  const chronicle = new Chronicle();
  const all = Array.from({ length: 3000 }, (_, i) => {
    const times = Array.from({ length: entries }, (__, k) => ({ wallMs: 10 * i + k, tick: 0 }));
    return chronicle.run(
      AUTHORS[i % 3] ?? ANN,
      times.map((time) => ({ time })),
    );
  });
  const { db } = holding(all);
  const statements = new Statements(db);
  let rows = 0;
  const counting = new Timeline(
    {
      all: <Row>(sql: string, ...values: Value[]) => {
        const found = statements.all<Row>(sql, ...values);
        rows += found.length;
        return found;
      },
    },
    () => undefined,
  );

  const place = { time: { wallMs: 15_000, tick: 0 }, author: ANN, seq: 1 };
  const below = counting.before(LOBBY, place).take(50).toArray();
  const rowsBelow = rows;
  const above = counting.after(LOBBY, place).take(50).toArray();

  expect([below.length, above.length]).toEqual([50, 50]);
  expect(rowsBelow).toBeLessThan(200);
  expect(rows - rowsBelow).toBeLessThan(200);
});

test.each([
  [
    "a text",
    "UPDATE runs SET bytes = CAST(replace(CAST(bytes AS TEXT), 'text 2', 'test 2') AS BLOB)",
  ],
  ["a hash", "UPDATE runs SET hash = zeroblob(32) WHERE seq = 2"],
  ["the time", "UPDATE runs SET wall_ms = 1 WHERE seq = 2"],
])("a run of which %s was altered is told of, and never shown", (_what, sql) => {
  const chronicle = new Chronicle();
  const all = [10, 20, 30].map((wallMs) => chronicle.run(ANN, [{ time: { wallMs, tick: 0 } }]));
  const { timeline, db, damaged } = holding(all);

  db.run(sql);
  const down = [...timeline.before(LOBBY, undefined)];
  const up = [...timeline.after(LOBBY, undefined)];

  expect(down.map(nameOf)).toEqual(["aa3", "aa1"]);
  expect(up.map(nameOf)).toEqual(["aa1", "aa3"]);
  expect(damaged).toEqual([1, 1]);
});

test.each([
  ["an author", "author = zeroblob(32)"],
  ["a number", "seq = 9"],
  ["the room", "room = CAST(substr(room, 1, 31) || x'00' AS BLOB)"],
  ["how many it has", "entries = 0"],
])("of a run whose row says otherwise of %s, its own bytes are believed", (_what, altered) => {
  const chronicle = new Chronicle();
  const all = [10, 20, 30].map((wallMs) => chronicle.run(ANN, [{ time: { wallMs, tick: 0 } }]));
  const { timeline, db, damaged } = holding(all);

  db.run(`UPDATE runs SET ${altered} WHERE seq = 2`);
  const down = [...timeline.before(LOBBY, undefined)];
  const up = [...timeline.after(LOBBY, undefined)];

  expect(down.map(nameOf)).toEqual(["aa3", "aa2", "aa1"]);
  expect(up.map(nameOf)).toEqual(["aa1", "aa2", "aa3"]);
  expect(damaged).toEqual([]);
});
