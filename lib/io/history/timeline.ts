import { Writer } from "../../base/bytes.ts";
import { idBytes, type RoomId } from "../../base/ids.ts";
import { compareTime } from "../../chat/clock.ts";
import { compareEntries, type Place } from "../../chat/order.ts";
import type { HybridTime } from "../../wire/entry.ts";
import { RUN_ENTRIES_MAX } from "../../wire/limits.ts";
import type { Statements } from "../statements.ts";
import {
  entriesLost,
  KEPT_COLUMNS,
  type KeptEntry,
  keptEntriesOf,
  type KeptRow,
  timeOf,
} from "./keptrun.ts";

/** Rows read at once: with the longest texts 4 MiB for a moment. */
const ROWS = 64;

/**
 * As the schema's indices have it: so much of an id is enough to find a room's rows by. Whether it
 * is that room is seen at the run itself, so that a row whose id is damaged is not just missing.
 */
const NEAR_ROOM = "substr(room, 1, 4) = substr(?1, 1, 4)";
const IN_ROOM = `${NEAR_ROOM} AND room = ?1`;
const AUTHOR = "substr(author, 1, 8)";
/** Not in the index of those with several; nor is one that says what cannot be. */
const IS_LONE = `(entries NOT BETWEEN 2 AND ${RUN_ENTRIES_MAX} OR entries IS NULL)`;
/** The time of a run's first entry: 6 bytes and 2, which sort as it does. PROTOCOL.md §8 */
const FIRST_TIME = "substr(bytes, 104, 8)";
const TIME_BYTES = 8;

interface FirstRow extends KeptRow {
  readonly first: Uint8Array;
}

const OUT_OF_ORDER = "it has entries that are out of order";

const SELECT_BELOW = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE ${NEAR_ROOM} AND (wall_ms, tick, arrival) < (?2, ?3, ?4)
  ORDER BY wall_ms DESC, tick DESC, arrival DESC LIMIT ${ROWS}`;
const SELECT_LONE_ABOVE = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE ${NEAR_ROOM} AND ${IS_LONE} AND (wall_ms, tick, arrival) > (?2, ?3, ?4)
  ORDER BY wall_ms, tick, arrival LIMIT ${ROWS}`;
/** The first time is compared by itself as well, or SQLite would begin at the room's first. */
const SELECT_RUNS_ABOVE = `SELECT ${KEPT_COLUMNS}, ${FIRST_TIME} AS first FROM runs
  WHERE ${NEAR_ROOM} AND entries > 1
    AND ${FIRST_TIME} >= ?2 AND (${FIRST_TIME}, arrival) > (?2, ?3)
  ORDER BY ${FIRST_TIME}, arrival LIMIT ${ROWS}`;
const SELECT_AT = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE ${NEAR_ROOM} AND wall_ms = ?2 AND tick = ?3`;

/** Of each author the run that ends at a time or next after it, where it begins at it or before. */
const SELECT_ACROSS = `
  WITH RECURSIVE authors (author) AS (
    SELECT * FROM (SELECT ${AUTHOR} FROM runs
      WHERE ${IN_ROOM} AND entries > 1 ORDER BY ${AUTHOR} LIMIT 1)
    UNION ALL
    SELECT (SELECT ${AUTHOR} FROM runs
      WHERE ${IN_ROOM} AND entries > 1 AND ${AUTHOR} > authors.author ORDER BY ${AUTHOR} LIMIT 1)
    FROM authors WHERE authors.author IS NOT NULL
  )
  SELECT ${KEPT_COLUMNS.replaceAll(/\b(author)\b/g, "runs.$1")} FROM authors JOIN runs
  ON arrival = (SELECT arrival FROM runs
    WHERE ${IN_ROOM} AND entries > 1 AND ${AUTHOR} = authors.author
      AND (wall_ms, tick) >= (?2, ?3) ORDER BY wall_ms, tick LIMIT 1)
  WHERE ${FIRST_TIME} <= ?4`;

/** Beyond every time, and every arrival. */
const EVER: HybridTime = { wallMs: Number.MAX_SAFE_INTEGER, tick: 0 };
const LAST_ARRIVAL = Number.MAX_SAFE_INTEGER;

/**
 * A room's entries in its order, `compareEntries`, from any place in either direction, never more
 * in memory than what overlaps. Runs of several authors interleave, and a run's row has the time of
 * its last entry; so a page is merged from runs: one that comes later in the order of last times,
 * going down, has nothing that is later than its own last time. What lies across a place is looked
 * for author by author: times rise along a chain, so each author has one such run at most.
 */
export class Timeline {
  readonly #statements: Pick<Statements, "all">;
  readonly #onDamage: (entries: number) => void;

  /** `onDamage`: a row does not hold what was written; so many entries are left out. */
  constructor(statements: Pick<Statements, "all">, onDamage: (entries: number) => void) {
    this.#statements = statements;
    this.#onDamage = onDamage;
  }

  /** Those before this place, or all, the latest first. */
  *before(room: RoomId, place: Place | undefined): Generator<KeptEntry> {
    const isBelow = (entry: Place) => place === undefined || compareEntries(entry, place) < 0;
    const pool = place === undefined ? [] : this.#across(room, place.time).filter(isBelow);
    for (const row of this.#rowsBelow(room, place?.time ?? EVER)) {
      const entries = this.#entriesOf(room, row);
      if (entries.length === 0) continue;
      const latest = timeOf(row);
      pool.sort(compareEntries);
      for (let top = pool.at(-1); top !== undefined; top = pool.at(-1)) {
        if (compareTime(top.time, latest) <= 0) break;
        pool.pop();
        yield top;
      }
      pool.push(...entries);
    }
    yield* pool.toSorted((a, b) => compareEntries(b, a));
  }

  /** Those after this place, or all, the earliest first. */
  *after(room: RoomId, place: Place | undefined): Generator<KeptEntry> {
    const isAbove = (entry: Place) => place === undefined || compareEntries(entry, place) > 0;
    // Its end is the top, as going down.
    const pool = place === undefined ? [] : this.#across(room, place.time).filter(isAbove);
    for (const entries of this.#runsAbove(room, place?.time)) {
      const [first] = entries;
      if (first === undefined) continue;
      pool.sort((a, b) => compareEntries(b, a));
      for (let top = pool.at(-1); top !== undefined; top = pool.at(-1)) {
        if (compareTime(top.time, first.time) >= 0) break;
        pool.pop();
        yield top;
      }
      pool.push(...entries);
    }
    yield* pool.toSorted(compareEntries);
  }

  /** What ends at this time, and what lies across it. */
  #across(room: RoomId, time: HybridTime): KeptEntry[] {
    const { wallMs, tick } = time;
    const at = [idBytes(room), wallMs, tick] as const;
    const rows = [
      ...this.#statements.all<KeptRow>(SELECT_AT, ...at),
      ...this.#statements.all<KeptRow>(SELECT_ACROSS, ...at, timeBytes(time)),
    ];
    const byArrival = new Map(rows.map((row) => [row.arrival, row]));
    return [...byArrival.values()].flatMap((row) => this.#entriesOf(room, row));
  }

  *#rowsBelow(room: RoomId, time: HybridTime): Generator<KeptRow> {
    let from: readonly [number, number, number] = [time.wallMs, time.tick, 0];
    for (;;) {
      const rows = this.#statements.all<KeptRow>(SELECT_BELOW, idBytes(room), ...from);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) return;
      if (compareTime(last, { wallMs: from[0], tick: from[1] }) > 0) throw new Error(OUT_OF_ORDER);
      from = [last.wallMs, last.tick, last.arrival];
    }
  }

  /** Those that begin after this time, by that. */
  *#runsAbove(room: RoomId, time: HybridTime | undefined): Generator<readonly KeptEntry[]> {
    const lone = this.#loneAbove(room, time);
    const others = this.#othersAbove(room, time);
    let [a, b] = [lone.next(), others.next()];
    while (a.done !== true || b.done !== true) {
      if (b.done === true || (a.done !== true && isFirst(a.value, b.value))) {
        if (a.done !== true) yield a.value;
        a = lone.next();
      } else {
        yield b.value;
        b = others.next();
      }
    }
  }

  *#loneAbove(room: RoomId, time: HybridTime | undefined): Generator<readonly KeptEntry[]> {
    const { wallMs, tick } = time ?? { wallMs: -1, tick: 0 };
    let from: readonly [number, number, number] = [wallMs, tick, LAST_ARRIVAL];
    for (;;) {
      const rows = this.#statements.all<KeptRow>(SELECT_LONE_ABOVE, idBytes(room), ...from);
      for (const row of rows) yield this.#entriesOf(room, row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) return;
      if (compareTime(last, { wallMs: from[0], tick: from[1] }) < 0) throw new Error(OUT_OF_ORDER);
      from = [last.wallMs, last.tick, last.arrival];
    }
  }

  *#othersAbove(room: RoomId, time: HybridTime | undefined): Generator<readonly KeptEntry[]> {
    const first = time === undefined ? new Uint8Array(0) : timeBytes(time);
    let from: readonly [Uint8Array, number] = [first, LAST_ARRIVAL];
    for (;;) {
      const rows = this.#statements.all<FirstRow>(SELECT_RUNS_ABOVE, idBytes(room), ...from);
      for (const row of rows) yield this.#entriesOf(room, row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) return;
      from = [last.first, last.arrival];
    }
  }

  /** None where it is of another room, whose id begins as this one's. */
  #entriesOf(room: RoomId, row: KeptRow): KeptEntry[] {
    const entries = keptEntriesOf(row);
    if (entries === undefined) this.#onDamage(entriesLost(row));
    return entries?.filter((entry) => entry.room === room) ?? [];
  }
}

/** One whose entries are damaged comes first: it holds nothing up. */
function isFirst([a]: readonly KeptEntry[], [b]: readonly KeptEntry[]): boolean {
  if (a === undefined) return true;
  return b !== undefined && compareTime(a.time, b.time) <= 0;
}

/** As a run's bytes have it. */
function timeBytes({ wallMs, tick }: HybridTime): Uint8Array {
  return new Writer(TIME_BYTES).u48(wallMs).u16(tick).finish();
}
