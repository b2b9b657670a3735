import { equalBytes } from "../base/bytes.ts";
import { idBytes } from "../base/ids.ts";
import type { RewordWrite, RunWrite } from "../chat/records.ts";
import { rebound, reworded } from "../chat/reword.ts";
import { KEPT_COLUMNS, type KeptRow } from "./history/keptrun.ts";
import { runOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

const SELECT_AT = `SELECT ${KEPT_COLUMNS} FROM runs WHERE room = ? AND author = ? AND seq <= ?
  ORDER BY seq DESC LIMIT 1`;
const SELECT_NEXT = `SELECT ${KEPT_COLUMNS} FROM runs WHERE room = ? AND author = ? AND seq > ?
  ORDER BY seq LIMIT 1`;
const SELECT_TOUCHED = `SELECT 1 FROM runs JOIN outbox USING (arrival)
  WHERE room = ?1 AND author = ?2 AND seq >= ?3 AND tried = 1
  UNION ALL SELECT 1 FROM receipts WHERE room = ?1 AND author = ?2 AND seq >= ?3 LIMIT 1`;
const UPDATE = "UPDATE runs SET bytes = ?, hash = ? WHERE arrival = ?";

/** This is what the row says now whose words are others; those behind it say what they did. */
type OnReworded = (row: KeptRow) => void;

/**
 * Writes other words where own ones wait, within a transaction: each row keeps its place, for whom
 * it waits and what was answered; only what the run says, and what it is bound to, is another.
 */
export class RewordingTable {
  readonly #statements: Statements;
  readonly #onReworded: OnReworded;

  constructor(statements: Statements, onReworded: OnReworded) {
    this.#statements = statements;
    this.#onReworded = onReworded;
  }

  /** Throws where somebody may have it: what was said to anybody never changes. */
  write({ room, author, seq, type, body }: RewordWrite): void {
    const chain = [idBytes(room), idBytes(author)] as const;
    const [row] = this.#statements.all<KeptRow>(SELECT_AT, ...chain, seq);
    const run = row && runOf(row);
    // What the disk has lost meanwhile nobody can change.
    if (row === undefined || run === undefined) return;
    const now = reworded(run, seq, { type, body });
    if (equalBytes(now.hash, row.hash)) return;
    const isTouched = this.#statements.all(SELECT_TOUCHED, ...chain, run.seq).length > 0;
    if (isTouched) throw new Error("one's own words have gone out, and cannot be others");
    this.#put(row, now);
    this.#onReworded({ ...row, bytes: now.bytes, hash: now.hash });
    this.#rebind(chain, row.hash, now);
  }

  /** As far as each run is bound to the one before: what is damaged is bound to nothing. */
  #rebind(chain: readonly [Uint8Array, Uint8Array], hash: Uint8Array, first: RunWrite): void {
    let [before, now] = [hash, first];
    for (;;) {
      const [row] = this.#statements.all<KeptRow>(SELECT_NEXT, ...chain, now.run.seq);
      const run = row && runOf(row);
      const next = run && rebound(run, before, now.hash);
      if (row === undefined || next === undefined) return;
      this.#put(row, next);
      [before, now] = [row.hash, next];
    }
  }

  #put(row: KeptRow, { bytes, hash }: RunWrite): void {
    this.#statements.run(UPDATE, bytes, hash, row.arrival);
  }
}
