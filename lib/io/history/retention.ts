import type { Database } from "bun:sqlite";
import { idBytes, type PeerId, type RoomId } from "../../base/ids.ts";
import { SKEW_MAX_MS } from "../../chat/clock.ts";
import type { ChainFloor } from "../../chat/records.ts";
import type { Keep, RetentionWrite } from "../../chat/retention.ts";
import type { Clock } from "../../base/clock.ts";
import { peerOf, roomOf, type RunRow, runOf } from "../rows.ts";
import type { Statements } from "../statements.ts";
import type { AmendmentTable } from "./amendmenttable.ts";
import { type At, LastKept } from "./lastkept.ts";
import type { SearchIndex } from "./searchindex.ts";

/** Runs that are looked at as one transaction, some ms. */
const STEP_RUNS = 128;

/** How often it is looked for what has grown old. */
export const SWEEP_EVERY_MS = 600_000;

/** As the schema's index has it. */
const IN_ROOM = "substr(room, 1, 4) = substr(?1, 1, 4) AND room = ?1";

const UPSERT_KEEP = `INSERT INTO retentions VALUES (?, ?, ?) ON CONFLICT DO UPDATE
  SET keep_ms = excluded.keep_ms, keep_messages = excluded.keep_messages`;
const DELETE_KEEP = "DELETE FROM retentions WHERE room = ?";
const SELECT_KEEPS = `SELECT room, keep_ms AS "keepMs", keep_messages AS "keepMessages"
  FROM retentions`;

const SELECT_KEEP = `${SELECT_KEEPS} WHERE room = ?`;

const SELECT_OLD = `SELECT arrival, author, seq, entries, bytes, hash, wall_ms AS wallMs, tick
  FROM runs
  WHERE ${IN_ROOM} AND (wall_ms, tick, arrival) > (?2, ?3, ?4)
    AND (wall_ms, tick, arrival) < (?5, ?6, ?7)
  ORDER BY wall_ms, tick, arrival LIMIT ${STEP_RUNS}`;
const SELECT_HEAD = "SELECT max(seq) AS seq FROM runs WHERE room = ? AND author = ?";
const SELECT_WAITING = "SELECT DISTINCT arrival FROM outbox";
const DELETE_RUN = "DELETE FROM runs WHERE arrival = ?";
const DELETE_RECEIPTS = "DELETE FROM receipts WHERE room = ? AND author = ? AND seq = ?";
const DELETE_FAILURES = "DELETE FROM failures WHERE room = ? AND author = ? AND seq = ?";
/** What is missing and would be as old: it is not asked for again. */
const DELETE_GAPS = `DELETE FROM gaps WHERE room = ?1 AND (above_ms, above_tick) <= (?2, ?3)
  RETURNING author, last AS seq`;
const DELETE_GAPS_BELOW = "DELETE FROM gaps WHERE room = ? AND author = ? AND last <= ?";
const UPSERT_FLOOR = `INSERT INTO floors VALUES (?, ?, ?) ON CONFLICT
  DO UPDATE SET seq = max(seq, excluded.seq)`;

/** One room's old runs, from the oldest up. */
interface Sweep {
  readonly room: RoomId;
  /** All before it are old. */
  readonly end: At;
  /** Own runs that somebody is still to get. */
  readonly waiting: ReadonlySet<number>;
  from: At;
  removed: number;
}

interface GapRow {
  readonly author: Uint8Array;
  readonly seq: number;
}

interface OldRow extends RunRow {
  readonly author: Uint8Array;
  readonly seq: number;
  readonly entries: number;
  readonly wallMs: number;
  readonly tick: number;
}

export interface RetentionParts {
  readonly db: Database;
  readonly statements: Statements;
  readonly index: SearchIndex;
  readonly amendments: AmendmentTable;
  readonly clock: Clock;
  /** Some of what a room held is gone, within the same transaction. */
  readonly onRemoved: (room: RoomId) => void;
}

/** What must stay, however old it is. */
export interface Needed {
  /** The highest arrival there is: the next counts on from it. */
  readonly last: number;
  /** From this arrival on, texts have not been shown. */
  readonly unshownFrom: number;
}

/**
 * Takes from the disk what a room is not to keep, a few runs at a time. The last run of each chain
 * stays, as the next is bound to it, and what somebody is still to get; so do changes of what
 * stays, and what the room is about. A run goes whole: of those that are counted, some more may
 * stay.
 */
export class Retention {
  readonly #db: Database;
  readonly #statements: Statements;
  readonly #index: SearchIndex;
  readonly #amendments: AmendmentTable;
  readonly #clock: Clock;
  readonly #onRemoved: (room: RoomId) => void;
  #rooms: { readonly room: RoomId; readonly keep: Keep }[] | undefined;
  /** Of the next room, what is to be kept is being counted. */
  #count: LastKept | undefined;
  #sweep: Sweep | undefined;
  #sweepAtMs = 0;
  /** Words of what was removed are in the index until its parts are merged. */
  #mustMerge = false;
  #dropped: ChainFloor[] = [];

  constructor({ db, statements, index, amendments, clock, onRemoved }: RetentionParts) {
    this.#db = db;
    this.#statements = statements;
    this.#index = index;
    this.#amendments = amendments;
    this.#clock = clock;
    this.#onRemoved = onRemoved;
  }

  write({ room, keep }: RetentionWrite): void {
    const id = idBytes(room);
    if (keep.kind === "all") this.#statements.run(DELETE_KEEP, id);
    else {
      const ms = keep.kind === "age" ? keep.ms : null;
      const messages = keep.kind === "count" ? keep.messages : null;
      this.#statements.run(UPSERT_KEEP, id, ms, messages);
    }
    this.#sweepAtMs = 0;
    this.#count = undefined;
    this.#sweep = undefined;
    this.#rooms = undefined;
  }

  /** How much of a room is to be kept. */
  keepOf(room: RoomId): Keep {
    const [row] = this.#statements.all<KeepRow>(SELECT_KEEP, idBytes(room));
    return row === undefined ? { kind: "all" } : keepOf(row);
  }

  /** How far chains were dropped since this was last asked. */
  takeDropped(): readonly ChainFloor[] {
    return this.#dropped.splice(0);
  }

  /** False where nothing is left to do for now. Throws what SQLite does. */
  step(needed: Needed): boolean {
    if (this.#mustMerge) {
      this.#mustMerge = this.#index.merge();
      return true;
    }
    if (this.#sweep !== undefined) {
      this.#remove(this.#sweep, needed);
      return true;
    }
    return this.#count === undefined ? this.#begin() : this.#goOn(this.#count);
  }

  /** With the next room that is not to keep all. */
  #begin(): boolean {
    const now = this.#clock.now();
    if (now < this.#sweepAtMs) return false;
    this.#rooms ??= this.#keeps();
    const next = this.#rooms.shift();
    if (next === undefined) {
      this.#rooms = undefined;
      this.#sweepAtMs = now + SWEEP_EVERY_MS;
      return false;
    }
    const { room, keep } = next;
    if (keep.kind === "age") this.#sweepUpTo(room, [Math.floor(now - keep.ms), 0, 0]);
    else if (keep.kind === "count") {
      const parts = { statements: this.#statements, amendments: this.#amendments };
      this.#count = new LastKept({ room, messages: keep.messages }, parts);
    }
    return true;
  }

  #goOn(count: LastKept): boolean {
    const found = count.step();
    if (found === undefined) return true;
    this.#count = undefined;
    if (found !== "none") this.#sweepUpTo(count.room, found);
    return true;
  }

  #sweepUpTo(room: RoomId, end: At): void {
    const rows = this.#statements.all<{ arrival: number }>(SELECT_WAITING);
    const waiting = new Set(rows.map(({ arrival }) => arrival));
    this.#sweep = { room, end, waiting, from: [-1, 0, 0], removed: 0 };
  }

  /** Removed bytes are overwritten, in the file and, by and by, in its log. */
  #remove(sweep: Sweep, needed: Needed): void {
    const { room, from, end } = sweep;
    const floors = new Map<PeerId, number>();
    const drop = (author: PeerId, seq: number) => {
      floors.set(author, Math.max(seq, floors.get(author) ?? 0));
    };
    const rows = this.#statements.all<OldRow>(SELECT_OLD, idBytes(room), ...from, ...end);
    // References to these runs have been looked for; SQLite would for each read all of the outbox.
    this.#db.run("PRAGMA foreign_keys = OFF; PRAGMA secure_delete = ON");
    try {
      this.#db
        .transaction(() => {
          // From the oldest up: what changes a message is looked at once that has gone, or stays.
          const before = sweep.removed;
          for (const row of rows) {
            if (this.#isNeeded(row, sweep, needed)) continue;
            this.#removeRun(room, row);
            drop(peerOf(row.author), row.seq + row.entries - 1);
            sweep.removed += 1;
          }
          if (sweep.removed > before) this.#onRemoved(room);
          const at = [idBytes(room), end[0], end[1]] as const;
          const gaps =
            rows.length < STEP_RUNS ? this.#statements.all<GapRow>(DELETE_GAPS, ...at) : [];
          for (const { author, seq } of gaps) drop(peerOf(author), seq);
          for (const [author, seq] of floors) this.#setFloor(room, author, seq);
        })
        .immediate();
    } finally {
      this.#db.run("PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF");
    }
    for (const [author, seq] of floors) this.#dropped.push({ room, author, seq });
    const last = rows.at(-1);
    if (last !== undefined) sweep.from = [last.wallMs, last.tick, last.arrival];
    if (rows.length === STEP_RUNS) return;
    this.#mustMerge ||= sweep.removed > 0;
    this.#sweep = undefined;
  }

  #setFloor(room: RoomId, author: PeerId, seq: number): void {
    const floor = [idBytes(room), idBytes(author), seq] as const;
    this.#statements.run(UPSERT_FLOOR, ...floor);
    this.#statements.run(DELETE_GAPS_BELOW, ...floor);
  }

  #isNeeded(row: OldRow, sweep: Sweep, needed: Needed): boolean {
    const { arrival, author, seq, entries } = row;
    if (sweep.waiting.has(arrival) || arrival >= needed.unshownFrom) return true;
    // Of a run the first entry's: nothing comes after it where it is the last.
    const chain = [idBytes(sweep.room), author] as const;
    const [head] = this.#statements.all<{ seq: number }>(SELECT_HEAD, ...chain);
    if (head?.seq === seq || arrival + entries - 1 >= needed.last) return true;
    const run = runOf(row);
    return run !== undefined && this.#amendments.isInForce(run, this.#clock.now() + SKEW_MAX_MS);
  }

  #removeRun(room: RoomId, row: OldRow): void {
    const { arrival, author, seq, entries, wallMs } = row;
    this.#index.remove(wallMs, arrival);
    const said = runOf(row);
    if (said !== undefined) this.#amendments.remove(said);
    this.#amendments.forget(idBytes(room), author, seq, entries);
    const run = [idBytes(room), author, seq] as const;
    this.#statements.run(DELETE_RECEIPTS, ...run);
    this.#statements.run(DELETE_FAILURES, ...run);
    this.#statements.run(DELETE_RUN, arrival);
  }

  #keeps(): { readonly room: RoomId; readonly keep: Keep }[] {
    return this.#statements.all<KeepRow>(SELECT_KEEPS).map((row) => {
      return { room: roomOf(row.room), keep: keepOf(row) };
    });
  }
}

interface KeepRow {
  readonly room: Uint8Array;
  readonly keepMs: number | null;
  readonly keepMessages: number | null;
}

function keepOf({ keepMs, keepMessages }: KeepRow): Keep {
  if (keepMs !== null) return { kind: "age", ms: keepMs };
  return keepMessages === null ? { kind: "all" } : { kind: "count", messages: keepMessages };
}
