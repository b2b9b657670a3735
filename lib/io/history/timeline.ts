import { compareBytes, equalBytes, Reader, Writer } from "../../base/bytes.ts";
import { idBytes, type RoomId } from "../../base/ids.ts";
import { compareTime } from "../../chat/clock.ts";
import { compareEntries, type Place } from "../../chat/order.ts";
import type { HybridTime } from "../../wire/entry.ts";
import { isBytes } from "../rows.ts";
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
 * is that room is seen at the run itself: of a row that is damaged, only what an index says of it
 * is to be believed, so nothing that is read of the row decides whether it is looked at.
 */
const NEAR_ROOM = "substr(room, 1, 4) = substr(?1, 1, 4)";
/** In the indices of those with several entries. */
const NEAR_RUNS = `${NEAR_ROOM} AND entries > 1`;
const AUTHOR = "substr(author, 1, 8)";
/** The time of a run's first entry: 6 bytes and 2, which sort as it does. PROTOCOL.md §8 */
const FIRST_TIME = "substr(bytes, 104, 8)";
const TIME_BYTES = 8;

interface FirstRow extends KeptRow {
  readonly first: Uint8Array;
}

interface AuthorRow {
  /** The beginning of the id. */
  readonly author: Uint8Array;
}

/** What a row gives going up, and the time before which none after it has anything. */
interface Step {
  readonly from: HybridTime;
  readonly entries: readonly KeptEntry[];
}

const OUT_OF_ORDER = "it has entries that are out of order";

const SELECT_BELOW = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE ${NEAR_ROOM} AND (wall_ms, tick, arrival) < (?2, ?3, ?4)
  ORDER BY wall_ms DESC, tick DESC, arrival DESC LIMIT ${ROWS}`;
const SELECT_ABOVE = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE ${NEAR_ROOM} AND (wall_ms, tick, arrival) > (?2, ?3, ?4)
  ORDER BY wall_ms, tick, arrival LIMIT ${ROWS}`;
/** The first time is compared by itself as well, or SQLite would begin at the room's first. */
const SELECT_RUNS_ABOVE = `SELECT ${KEPT_COLUMNS}, ${FIRST_TIME} AS first FROM runs
  WHERE ${NEAR_RUNS} AND ${FIRST_TIME} >= ?2 AND (${FIRST_TIME}, arrival) > (?2, ?3)
  ORDER BY ${FIRST_TIME}, arrival LIMIT ${ROWS}`;
const SELECT_AT = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE ${NEAR_ROOM} AND wall_ms = ?2 AND tick = ?3`;
const SELECT_BEGUN = `SELECT 1 FROM runs INDEXED BY runs_by_first
  WHERE ${NEAR_RUNS} AND ${FIRST_TIME} <= ?2 AND arrival = ?3`;

/** An author's run that ends at a time or next after it. */
const IS_NEXT = `${NEAR_RUNS} AND ${AUTHOR} = ?4 AND (wall_ms, tick) >= (?2, ?3)`;
const SELECT_NEXT = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE ${IS_NEXT} ORDER BY wall_ms, tick LIMIT 1`;
const SELECT_NEXT_IN_ROOM = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE ${IS_NEXT} AND room = ?1 ORDER BY wall_ms, tick LIMIT 1`;
/**
 * The authors, each found by one step in the index of such runs, but for those whose next run only
 * begins after the time: by itself and by the index of first times, as one of both may be damaged.
 */
const SELECT_AUTHORS = `
  WITH RECURSIVE authors (author) AS (
    SELECT * FROM (SELECT ${AUTHOR} FROM runs WHERE ${NEAR_RUNS} ORDER BY ${AUTHOR} LIMIT 1)
    UNION ALL
    SELECT (SELECT ${AUTHOR} FROM runs
      WHERE ${NEAR_RUNS} AND ${AUTHOR} > authors.author ORDER BY ${AUTHOR} LIMIT 1)
    FROM authors WHERE authors.author IS NOT NULL
  ), nexts (author, arrival) AS (
    SELECT author, (SELECT arrival FROM runs
      WHERE ${IS_NEXT.replace("?4", "authors.author")} ORDER BY wall_ms, tick LIMIT 1)
    FROM authors WHERE author IS NOT NULL
  )
  SELECT author FROM nexts WHERE arrival IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM (SELECT ${FIRST_TIME} AS first FROM runs
      WHERE arrival = nexts.arrival AND room = ?1 AND ${FIRST_TIME} > ?4) AS said
    WHERE EXISTS (SELECT 1 FROM runs INDEXED BY runs_by_first
      WHERE ${NEAR_RUNS} AND ${FIRST_TIME} = said.first AND arrival = nexts.arrival))`;

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
  /** Damaged rows that lie across a place, by arrival: told where either way begins. */
  readonly #told = new Set<number>();

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
    for (const { from, entries } of this.#stepsAbove(room, place?.time)) {
      if (entries.length === 0) continue;
      pool.sort((a, b) => compareEntries(b, a));
      for (let top = pool.at(-1); top !== undefined; top = pool.at(-1)) {
        if (compareTime(top.time, from) >= 0) break;
        pool.pop();
        yield top;
      }
      pool.push(...entries);
    }
    yield* pool.toSorted(compareEntries);
  }

  /** What ends at this time, and what lies across it. */
  #across(room: RoomId, time: HybridTime): KeptEntry[] {
    const at = [idBytes(room), time.wallMs, time.tick] as const;
    const rows = this.#statements.all<KeptRow>(SELECT_AT, ...at);
    const ending = new Set(rows.map(({ arrival }) => arrival));
    const authors = this.#statements.all<AuthorRow>(SELECT_AUTHORS, ...at, timeBytes(time));
    for (const { author } of authors) {
      const next = this.#nextOf(author, at);
      rows.push(...next.filter(({ arrival }) => !ending.has(arrival)));
    }
    return rows.flatMap((row) => {
      const entries = wholeOf(row);
      const [first] = entries ?? [];
      if (entries !== undefined && first !== undefined) {
        const isAcross = first.room === room && compareTime(first.time, time) <= 0;
        return isAcross ? entries : [];
      }
      if (ending.has(row.arrival) || this.#hasBegun(room, row, time)) {
        this.#tell(row);
        this.#told.add(row.arrival);
      }
      return [];
    });
  }

  /** Two where the next is not of this room, as it says: it is of one whose id begins so, too. */
  #nextOf(author: Uint8Array, at: readonly [Uint8Array, number, number]): KeptRow[] {
    const [next] = this.#statements.all<KeptRow>(SELECT_NEXT, ...at, author);
    if (next === undefined) return [];
    if (isBytes(next.room) && equalBytes(next.room, at[0])) return [next];
    return [next, ...this.#statements.all<KeptRow>(SELECT_NEXT_IN_ROOM, ...at, author)];
  }

  /** Whether it began at this time or before, of which a damaged row itself says nothing. */
  #hasBegun(room: RoomId, { arrival }: KeptRow, time: HybridTime): boolean {
    const values = [idBytes(room), timeBytes(time), arrival] as const;
    return this.#statements.all(SELECT_BEGUN, ...values).length > 0;
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

  /** What begins after this time, by that. */
  *#stepsAbove(room: RoomId, time: HybridTime | undefined): Generator<Step> {
    const lone = this.#loneAbove(room, time);
    const others = this.#othersAbove(room, time);
    let [a, b] = [lone.next(), others.next()];
    while (a.done !== true || b.done !== true) {
      if (b.done === true || (a.done !== true && compareTime(a.value.from, b.value.from) <= 0)) {
        if (a.done !== true) yield a.value;
        a = lone.next();
      } else {
        yield b.value;
        b = others.next();
      }
    }
  }

  /**
   * Passes by every row, as a damaged one may say anything of how many entries it has, and tells of
   * it; what has several and is whole is left to the others.
   */
  *#loneAbove(room: RoomId, time: HybridTime | undefined): Generator<Step> {
    const { wallMs, tick } = time ?? { wallMs: -1, tick: 0 };
    let from: readonly [number, number, number] = [wallMs, tick, LAST_ARRIVAL];
    for (;;) {
      const rows = this.#statements.all<KeptRow>(SELECT_ABOVE, idBytes(room), ...from);
      for (const row of rows) {
        const entries = this.#entriesOf(room, row);
        yield { from: timeOf(row), entries: entries.length === 1 ? entries : [] };
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) return;
      if (compareTime(last, { wallMs: from[0], tick: from[1] }) < 0) throw new Error(OUT_OF_ORDER);
      from = [last.wallMs, last.tick, last.arrival];
    }
  }

  /** What has several entries. Of damage the walk past every row tells. */
  *#othersAbove(room: RoomId, time: HybridTime | undefined): Generator<Step> {
    const start = time === undefined ? new Uint8Array(0) : timeBytes(time);
    let at: readonly [Uint8Array, number] = [start, LAST_ARRIVAL];
    for (;;) {
      const rows = this.#statements.all<FirstRow>(SELECT_RUNS_ABOVE, idBytes(room), ...at);
      for (const row of rows) {
        const from = firstTimeOf(row);
        const entries = keptEntriesOf(row) ?? [];
        const [first] = entries;
        const isThat = first?.room === room && compareTime(first.time, from) === 0;
        yield { from, entries: isThat ? entries : [] };
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) return;
      if (compareBytes(last.first, at[0]) < 0) throw new Error(OUT_OF_ORDER);
      at = [last.first, last.arrival];
    }
  }

  /** None where it is of another room, whose id begins as this one's. */
  #entriesOf(room: RoomId, row: KeptRow): KeptEntry[] {
    const entries = wholeOf(row);
    if (entries === undefined) this.#tell(row);
    return entries?.filter((entry) => entry.room === room) ?? [];
  }

  #tell(row: KeptRow): void {
    if (!this.#told.has(row.arrival)) this.#onDamage(entriesLost(this.#statements, row));
  }
}

/** Undefined also for what is of another time than its index has: it is in the place of another. */
function wholeOf(row: KeptRow): KeptEntry[] | undefined {
  const entries = keptEntriesOf(row);
  const last = entries?.at(-1);
  return last !== undefined && compareTime(last.time, timeOf(row)) === 0 ? entries : undefined;
}

function firstTimeOf({ first }: FirstRow): HybridTime {
  const reader = new Reader(first);
  return { wallMs: reader.u48(), tick: reader.u16() };
}

/** As a run's bytes have it. */
function timeBytes({ wallMs, tick }: HybridTime): Uint8Array {
  return new Writer(TIME_BYTES).u48(wallMs).u16(tick).finish();
}
