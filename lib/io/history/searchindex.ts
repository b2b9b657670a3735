import type { Database } from "bun:sqlite";
import type { RoomId } from "../../base/ids.ts";
import { textOf } from "../../chat/textof.ts";
import type { Statements } from "../statements.ts";
import { KEPT_COLUMNS, type KeptEntry, keptEntriesOf, type KeptRow } from "./keptrun.ts";
import { type Needle, wordsOf } from "./words.ts";

/** Runs that are indexed as one transaction at the most, and how long that may take, in ms. */
const STEP_RUNS = 256;
const STEP_MS = 4;

/** Runs of one ms that are told apart: of more, and of those nobody writes, some are not found. */
const PROBES_MAX = 8;
const LOW_BITS = 15;
const LOW_MASK = 2 ** LOW_BITS - 1;
const WALL_MS_MAX = 2 ** 48 - 1;

/** Candidates that are read at once. */
const CANDIDATES = 256;

const SELECT_PROGRESS = "SELECT arrival FROM indexed";
const UPDATE_PROGRESS = "UPDATE indexed SET arrival = ?";
const SELECT_NEXT = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE arrival > ? ORDER BY arrival LIMIT ${STEP_RUNS}`;
const SELECT_TAKEN = `SELECT 1 FROM words WHERE rowid = (?1 << ${LOW_BITS}) | ?2`;
const INSERT_WORDS = `INSERT INTO words (rowid, doc) VALUES ((?1 << ${LOW_BITS}) | ?2, ?3)`;
const DELETE_WORDS = `DELETE FROM words WHERE rowid = (?1 << ${LOW_BITS}) | ?2`;
/** So many pages of it at once; negative, as all parts are to become one. */
const MERGE = "INSERT INTO words (words, rank) VALUES ('merge', -64)";
const SELECT_CHANGES = "SELECT total_changes() AS count";
const SELECT_CANDIDATES = `SELECT rowid >> ${LOW_BITS} AS wallMs FROM words
  WHERE words MATCH ?1 AND rowid <= (?2 << ${LOW_BITS}) + ${LOW_MASK}
  ORDER BY rowid DESC LIMIT ${CANDIDATES}`;

/** A word that no text has: what stands before the beginning of a room's id. */
const ROOM_MARK = "\uE000";
const ROOM_DIGITS = 8;

/** Another, all that there is of a damaged run; those are numbered down from 0. */
const DAMAGE_MARK = "\uE001";
/** Of more than these a search does not tell: next to nothing of the disk is left then. */
const DAMAGED_MAX = 1000;
const INSERT_DAMAGED = "INSERT INTO words (rowid, doc) VALUES (-?1, ?2)";
const SELECT_DAMAGED = `SELECT -rowid AS arrival FROM words
  WHERE words MATCH ? AND rowid < 0 ORDER BY rowid DESC LIMIT ${DAMAGED_MAX}`;

/**
 * Which words are where, for every run up to some arrival. A row is numbered by the time of its
 * run's last entry, so that what was said last is found first, whenever it came here.
 */
export class SearchIndex {
  readonly #db: Database;
  readonly #statements: Statements;

  constructor(db: Database, statements: Statements) {
    this.#db = db;
    this.#statements = statements;
  }

  /** Every run up to this arrival is indexed. */
  get progress(): number {
    return this.#statements.all<{ arrival: number }>(SELECT_PROGRESS)[0]?.arrival ?? 0;
  }

  /** Indexes some more, for a few ms. False where there is no more; throws what SQLite does. */
  step(): boolean {
    const rows = this.#statements.all<KeptRow>(SELECT_NEXT, this.progress);
    if (rows.length === 0) return false;
    const endMs = performance.now() + STEP_MS;
    const docs: Doc[] = [];
    let last = 0;
    let taken = 0;
    const damaged: number[] = [];
    for (const row of rows) {
      const entries = keptEntriesOf(row);
      if (entries === undefined) damaged.push(row.arrival);
      docs.push(...docOf(entries ?? []));
      // Of a damaged one it is not known how many it has, and whatever follows is above its first.
      last = row.arrival + (entries?.length ?? 1) - 1;
      taken += 1;
      if (performance.now() > endMs) break;
    }
    this.#db
      .transaction(() => {
        this.#insert(docs);
        for (const arrival of damaged) this.#statements.run(INSERT_DAMAGED, arrival, DAMAGE_MARK);
        this.#statements.run(UPDATE_PROGRESS, last);
      })
      .immediate();
    return taken < rows.length || rows.length === STEP_RUNS;
  }

  /** The run of this time and arrival is no more, and is not found any more. */
  remove(wallMs: number, arrival: number): void {
    this.#statements.run(DELETE_WORDS, wallMs, arrival & LOW_MASK);
  }

  /** What is in this row says something else than before, which is not found any more. */
  replace(row: KeptRow): void {
    // What is not indexed yet will be as it is then.
    if (row.arrival > this.progress) return;
    this.remove(row.wallMs, row.arrival);
    this.#insert(docOf(keptEntriesOf(row) ?? []));
  }

  /** Takes some of what was removed out of the file. False where all of it is. */
  merge(): boolean {
    const before = this.#changes();
    this.#statements.run(MERGE);
    // One is that of the command itself.
    return this.#changes() - before > 1;
  }

  #changes(): number {
    return this.#statements.all<{ count: number }>(SELECT_CHANGES)[0]?.count ?? 0;
  }

  /** The ms in which there are runs with all of these words, the latest first. */
  *candidates(needle: Needle, room: RoomId | undefined): Generator<number> {
    const mark = room === undefined ? "" : ` "${markOf(room)}"`;
    const match = needle.expression + mark;
    let upToMs = WALL_MS_MAX;
    for (;;) {
      const found = this.#statements.all<{ wallMs: number }>(SELECT_CANDIDATES, match, upToMs);
      yield* new Set(found.map(({ wallMs }) => wallMs));
      const last = found.at(-1);
      if (last === undefined || found.length < CANDIDATES) return;
      upToMs = last.wallMs - 1;
    }
  }

  /** Arrivals of runs that were damaged as they were to be indexed: what they say is not known. */
  damaged(): readonly number[] {
    const rows = this.#statements.all<{ arrival: number }>(SELECT_DAMAGED, `"${DAMAGE_MARK}"`);
    return rows.map(({ arrival }) => arrival);
  }

  /** In the order of their numbers: FTS5 gathers what comes in it. */
  #insert(docs: readonly Doc[]): void {
    const sorted = docs.toSorted((a, b) => a.wallMs - b.wallMs || a.low - b.low);
    for (const { wallMs, low, words } of sorted) {
      for (let probe = 0; probe < PROBES_MAX; probe++) {
        const place = (low + probe) & LOW_MASK;
        if (this.#statements.all(SELECT_TAKEN, wallMs, place).length > 0) continue;
        this.#statements.run(INSERT_WORDS, wallMs, place, words);
        break;
      }
    }
  }
}

interface Doc {
  readonly wallMs: number;
  readonly low: number;
  readonly words: string;
}

/** None for a run that says nothing. */
function docOf(entries: readonly KeptEntry[]): Doc[] {
  const words = new Set<string>();
  for (const entry of entries) for (const word of wordsOf(textOf(entry) ?? "")) words.add(word);
  const last = entries.at(-1);
  if (words.size === 0 || last === undefined) return [];
  words.add(markOf(last.room));
  const { wallMs } = last.time;
  return [{ wallMs, low: last.runArrival & LOW_MASK, words: [...words].join(" ") }];
}

function markOf(room: RoomId): string {
  return ROOM_MARK + room.slice(0, ROOM_DIGITS);
}
