import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Store } from "../../lib/io/store.ts";
import type { LogEvent } from "../../lib/node/events.ts";
import { ANN, BOB, heard, LOBBY, own, markAll } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

function open(file: string, lines: LogEvent[] = []): Store {
  const store = Store.open(file, ANN, (line) => lines.push(line));
  stores.push(store);
  return store;
}

/** As a disk does that turns one bit of the last byte that was said. */
function flip(file: string, seq: number, isOwn: 0 | 1): void {
  const db = new Database(file);
  const where = `own = ${isOwn} AND seq = ${seq}`;
  const [row] = db.query<{ bytes: Uint8Array }, []>(`SELECT bytes FROM runs WHERE ${where}`).all();
  const bytes = row?.bytes ?? new Uint8Array(1);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  db.query(`UPDATE runs SET bytes = ? WHERE ${where}`).run(bytes);
  db.close();
}

function written(): string {
  const file = join(scratch(), "p2pchat.db");
  const store = open(file);
  store.commit([heard(1)]);
  markAll(store);
  store.commit([heard(2), own(1, [BOB]), heard(3), own(2, [BOB]), own(3, [BOB]), heard(4)]);
  stores.pop()?.close();
  return file;
}

test("a flipped bit in what was not shown yet is not shown, but told in the log", () => {
  const file = written();
  const lines: LogEvent[] = [];

  flip(file, 3, 0);
  const { unshown } = open(file, lines).restore().chat;

  expect(unshown.map(({ seq }) => seq)).toEqual([2, 4]);
  expect(lines).toMatchObject([{ level: "error", message: "damaged on disk", fields: { file } }]);
});

test("a flipped bit in what waits for somebody is not sent as another history", () => {
  const file = written();
  const lines: LogEvent[] = [];

  flip(file, 2, 1);
  const store = open(file, lines);
  store.commit([{ kind: "tried", peer: BOB }]);
  const query = { kind: "outbox", peer: BOB, after: 0, limit: 2 } as const;
  const loaded = store.load(query);
  store.load(query);

  expect(loaded).toMatchObject({ rows: [{ run: { seq: 1 } }, { run: { seq: 3 } }] });
  expect(lines).toHaveLength(1);
});

test("a flipped bit in what others lack is not passed on, nor what is below it", () => {
  const file = written();
  const about = { room: LOBBY, author: BOB, from: 1, to: 4, limit: 9, bytesMax: 100_000 };

  flip(file, 2, 0);
  const loaded = open(file).load({ kind: "runs", ...about });

  expect(loaded).toMatchObject({ rows: [{ seq: 4 }, { seq: 3 }] });
});

test.each([
  ["of others", 4, 0],
  ["of one's own", 3, 1],
] as const)("a flipped bit in the last words %s is refused in words", (_whose, seq, isOwn) => {
  const file = written();

  flip(file, seq, isOwn);

  expect(() => open(file).restore()).toThrow(
    `Cannot use ${file}: the last words of somebody in it are damaged`,
  );
});
