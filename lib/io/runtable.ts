import { idBytes, type RoomId } from "../base/ids.ts";
import { compareEntries } from "../chat/order.ts";
import type { ChainHead, RunRow as PassedRow, RunsQuery, RunWrite } from "../chat/records.ts";
import type { Entry } from "../wire/entry.ts";
import { RUN_ENTRIES_MAX } from "../wire/limits.ts";
import { arrivalsOf, headOf, type HeadRow, isWhole, type RunRow } from "./rows.ts";
import type { Statements } from "./statements.ts";

const INSERT_RUN = `INSERT INTO runs
  (arrival, room, author, seq, entries, bytes, hash, wall_ms, tick, own)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room, author, seq) DO NOTHING`;
const SELECT_LAST = `SELECT arrival + entries - 1 AS last FROM runs
  ORDER BY arrival DESC LIMIT 1`;
const SELECT_HEARD = `SELECT arrival, bytes, hash FROM runs
  WHERE arrival > ?1 - ${RUN_ENTRIES_MAX} AND arrival + entries - 1 > ?1 AND own = 0
  ORDER BY arrival`;
const SELECT_CHAIN = `SELECT seq, entries, bytes, hash FROM runs
  WHERE room = ? AND author = ? AND seq <= ? ORDER BY seq DESC LIMIT ?`;

/** Those of a room that come last; of others' with an arrival of at most this. */
const SELECT_LATEST = `SELECT arrival, bytes, hash, own FROM runs
  WHERE substr(room, 1, 4) = substr(?1, 1, 4) AND room = ?1 AND (own = 1 OR arrival <= ?2)
  ORDER BY wall_ms DESC, tick DESC, author DESC LIMIT 2`;

/**
 * Steps down from the end of each chain to that of the one before: it reads no more than these. A
 * seq is compared as well, as SQLite would read all of a chain's rows without.
 */
const SELECT_HEADS = `
  WITH RECURSIVE heads (room, author, seq) AS (
    SELECT * FROM (SELECT room, author, seq FROM runs
      ORDER BY room DESC, author DESC, seq DESC LIMIT 1)
    UNION ALL
    SELECT next.room, next.author, next.seq FROM heads JOIN runs AS next
    ON (next.room, next.author, next.seq) = (
      SELECT room, author, seq FROM runs
      WHERE (room, author, seq) < (heads.room, heads.author, 0)
      ORDER BY room DESC, author DESC, seq DESC LIMIT 1)
  )
  SELECT room, author, seq, entries, bytes, hash, wall_ms AS wallMs, tick
  FROM heads JOIN runs USING (room, author, seq)`;

/** The log: every run that was made or heard, in the order of its arrival. */
export class RunTable {
  readonly #statements: Statements;
  readonly #onDamage: (arrival: number) => void;
  /** The highest arrival that is committed, and the one that the open transaction has reached. */
  #arrival: number;
  #nextArrival: number;

  /** `onDamage`: the run of this arrival is not what was written, and is left out. */
  constructor(statements: Statements, onDamage: (arrival: number) => void) {
    this.#statements = statements;
    this.#onDamage = onDamage;
    this.#arrival = statements.all<{ last: number }>(SELECT_LAST)[0]?.last ?? 0;
    this.#nextArrival = this.#arrival;
  }

  /** The highest arrival that is committed; 0 where there is none. */
  get arrival(): number {
    return this.#arrival;
  }

  /** What was inserted since the last commit counts for nothing. */
  onBegun(): void {
    this.#nextArrival = this.#arrival;
  }

  onCommitted(): void {
    this.#arrival = this.#nextArrival;
  }

  /** Its first entry's arrival; undefined where it is there already. */
  insert({ run, bytes, hash }: RunWrite, own: 0 | 1): number | undefined {
    const { room, author, seq, entries } = run;
    const { wallMs = 0, tick = 0 } = entries.at(-1)?.time ?? {};
    const arrival = this.#nextArrival + 1;
    const ids = [idBytes(room), idBytes(author)] as const;
    const values = [...ids, seq, entries.length, bytes, hash, wallMs, tick, own] as const;
    if (this.#statements.run(INSERT_RUN, arrival, ...values) === 0) return undefined;
    this.#nextArrival += entries.length;
    return arrival;
  }

  heads(): ChainHead[] {
    return this.#statements.all<HeadRow>(SELECT_HEADS).map(headOf).toReversed();
  }

  load({ room, author, from, to, limit, bytesMax }: RunsQuery): PassedRow[] {
    const rows: PassedRow[] = [];
    let bytes = 0;
    const values = [idBytes(room), idBytes(author), to, limit] as const;
    for (const row of this.#statements.each<PassedRow>(SELECT_CHAIN, ...values)) {
      if (row.seq + row.entries <= from || !isWhole(row)) break;
      rows.push(row);
      bytes += row.bytes.length;
      if (bytes >= bytesMax) break;
    }
    return rows;
  }

  /** The last in the room's order of one's own entries, and of others' up to this arrival. */
  latestUpTo(position: number, room: RoomId): Entry | undefined {
    // Of one run alone a part may be above, and then the one before it may come last.
    const rows = this.#statements.all<RunRow & { own: number }>(
      SELECT_LATEST,
      idBytes(room),
      position,
    );
    const entries = rows.flatMap((row) => {
      const told = arrivalsOf(row) ?? [];
      return told.filter(({ arrival }) => row.own === 1 || arrival <= position);
    });
    return entries
      .map(({ entry }) => entry)
      .toSorted(compareEntries)
      .at(-1);
  }

  /** The entries of others above this arrival. */
  heardSince(position: number): { readonly arrival: number; readonly entry: Entry }[] {
    const rows = this.#statements.all<RunRow>(SELECT_HEARD, position);
    return rows.flatMap((row) => {
      const entries = arrivalsOf(row);
      if (entries === undefined) this.#onDamage(row.arrival);
      return entries?.filter(({ arrival }) => arrival > position) ?? [];
    });
  }
}
