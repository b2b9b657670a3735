import { idBytes } from "../base/ids.ts";
import { rebase } from "../chat/rebase.ts";
import type { OwnRow, RebaseWrite, RunWrite } from "../chat/records.ts";
import { outboxRowOf, type RunRow } from "./rows.ts";
import type { Statements } from "./statements.ts";

const SELECT_FIRST_WAITING = `SELECT min(seq) AS seq FROM runs JOIN outbox USING (arrival)
  WHERE room = ? AND author = ?`;
const SELECT_FROM = `SELECT arrival, bytes, hash, seq, wall_ms AS wallMs FROM runs
  WHERE room = ? AND author = ? AND seq >= ? ORDER BY seq`;
const DELETE_RUN = "DELETE FROM runs WHERE arrival = ?";

const SELECT_WAITING = "SELECT recipient, tried FROM outbox WHERE arrival = ?";
const DELETE_WAITING = "DELETE FROM outbox WHERE arrival = ?";
const INSERT_WAITING = "INSERT INTO outbox (recipient, arrival, tried) VALUES (?, ?, ?)";

const OF_RUN = "WHERE room = ?1 AND author = ?2 AND seq = ?3";
const SELECT_RECEIPTS = `SELECT peer, wall_ms AS wallMs FROM receipts ${OF_RUN}`;
const DELETE_RECEIPTS = `DELETE FROM receipts ${OF_RUN}`;
const INSERT_RECEIPT = "INSERT INTO receipts VALUES (?, ?, ?, ?, ?)";
const SELECT_FAILURES = `SELECT peer, reason FROM failures ${OF_RUN}`;
const DELETE_FAILURES = `DELETE FROM failures ${OF_RUN}`;
const INSERT_FAILURE = "INSERT INTO failures VALUES (?, ?, ?, ?, ?)";

/** The one up to which all is read may be of those. */
const UPDATE_MARK = `UPDATE marks SET seq = seq + ?4 WHERE room = ?1 AND author = ?2 AND seq >= ?3`;

interface TailRow extends RunRow {
  readonly seq: number;
  readonly wallMs: number;
}

/** An own run that was taken out, with what is known of its delivery. */
interface Taken extends OwnRow {
  readonly waiting: readonly { readonly recipient: Uint8Array; readonly tried: number }[];
  readonly receipts: readonly { readonly peer: Uint8Array; readonly wallMs: number }[];
  readonly failures: readonly { readonly peer: Uint8Array; readonly reason: string }[];
}

export interface RebasingHooks {
  /** Returns its arrival; undefined where it is there already. */
  readonly insert: (run: RunWrite) => number | undefined;
  readonly onRemoved: (run: OwnRow["run"], arrival: number, wallMs: number) => void;
  /** The run of this arrival is not what was written, and is left out. */
  readonly onDamage: (arrival: number) => void;
}

/** Says own runs once more elsewhere in their chain, for whom they wait; within a transaction. */
export class Rebasing {
  readonly #statements: Statements;
  readonly #hooks: RebasingHooks;

  constructor(statements: Statements, hooks: RebasingHooks) {
    this.#statements = statements;
    this.#hooks = hooks;
  }

  /** False where there is nothing to say again. */
  write({ room, author, from, onto }: RebaseWrite): boolean {
    const chain = [idBytes(room), idBytes(author)] as const;
    const first = from ?? this.#firstWaiting(chain);
    // What leaves out more than that is taken as it is.
    if (first === undefined || first > onto.seq + 1) return false;
    const rows = this.#statements.all<TailRow>(SELECT_FROM, ...chain, first);
    const taken = rows.flatMap((row) => this.#take(chain, row));
    const runs = taken.map(({ run }) => run);
    for (const [i, moved] of rebase(runs, onto).entries()) this.#put(chain, moved, taken[i]);
    const [lowest] = runs;
    if (lowest === undefined) return false;
    this.#statements.run(UPDATE_MARK, ...chain, lowest.seq, onto.seq + 1 - lowest.seq);
    return true;
  }

  #firstWaiting(chain: readonly [Uint8Array, Uint8Array]): number | undefined {
    const [row] = this.#statements.all<{ seq: number | null }>(SELECT_FIRST_WAITING, ...chain);
    return row?.seq ?? undefined;
  }

  #take(chain: readonly [Uint8Array, Uint8Array], row: TailRow): Taken[] {
    const { arrival, seq, wallMs } = row;
    const of = [...chain, seq] as const;
    const waiting = this.#statements.all<Taken["waiting"][number]>(SELECT_WAITING, arrival);
    const receipts = this.#statements.all<Taken["receipts"][number]>(SELECT_RECEIPTS, ...of);
    const failures = this.#statements.all<Taken["failures"][number]>(SELECT_FAILURES, ...of);
    this.#statements.run(DELETE_WAITING, arrival);
    this.#statements.run(DELETE_RECEIPTS, ...of);
    this.#statements.run(DELETE_FAILURES, ...of);
    this.#statements.run(DELETE_RUN, arrival);
    const whole = outboxRowOf(row);
    if (whole === undefined) {
      this.#hooks.onDamage(arrival);
      return [];
    }
    const { run, bytes } = whole;
    this.#hooks.onRemoved(run, arrival, wallMs);
    return [{ run, bytes, waiting, receipts, failures }];
  }

  #put(chain: readonly [Uint8Array, Uint8Array], moved: RunWrite, taken: Taken | undefined): void {
    const arrival = this.#hooks.insert(moved);
    if (arrival === undefined) throw new Error("one's own words stand where others are to go");
    const of = [...chain, moved.run.seq] as const;
    for (const { recipient, tried } of taken?.waiting ?? []) {
      this.#statements.run(INSERT_WAITING, recipient, arrival, tried);
    }
    for (const { peer, wallMs } of taken?.receipts ?? []) {
      this.#statements.run(INSERT_RECEIPT, ...of, peer, wallMs);
    }
    for (const { peer, reason } of taken?.failures ?? []) {
      this.#statements.run(INSERT_FAILURE, ...of, peer, reason);
    }
  }
}
