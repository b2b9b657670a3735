import { idBytes, type RoomId } from "../../base/ids.ts";
import { compareTime } from "../../chat/clock.ts";
import { isMessageType } from "../../wire/content.ts";
import type { HybridTime } from "../../wire/entry.ts";
import { type RunRow, runOf } from "../rows.ts";
import type { Statements } from "../statements.ts";
import type { AmendmentTable } from "./amendmenttable.ts";

/** Runs that are counted at once, some ms. */
const STEP_RUNS = 128;

/** Later than any run: times are u48. */
const END: At = [2 ** 48, 0, 0];

/** As the schema's index has it. */
const SELECT_BEFORE = `SELECT arrival, bytes, hash, wall_ms AS wallMs, tick FROM runs
  WHERE substr(room, 1, 4) = substr(?1, 1, 4) AND room = ?1
    AND (wall_ms, tick, arrival) < (?2, ?3, ?4)
  ORDER BY wall_ms DESC, tick DESC, arrival DESC LIMIT ${STEP_RUNS}`;

/** Where a run is in its room. */
export type At = readonly [wallMs: number, tick: number, arrival: number];

interface Row extends RunRow {
  readonly wallMs: number;
  readonly tick: number;
}

/**
 * Looks for the run with which a room holds so many messages, from the last one down. Edits,
 * reactions and topics are none, nor is what was deleted: people count what they can read.
 */
export class LastKept {
  readonly room: RoomId;
  readonly #statements: Statements;
  readonly #amendments: AmendmentTable;
  #left: number;
  #from: At = END;
  /** Messages of runs that were looked at, not counted as the next run may end after them. */
  #across: HybridTime[] = [];

  constructor(
    { room, messages }: { readonly room: RoomId; readonly messages: number },
    { statements, amendments }: { statements: Statements; amendments: AmendmentTable },
  ) {
    this.room = room;
    this.#left = messages;
    this.#statements = statements;
    this.#amendments = amendments;
  }

  /** That run, `none` where the room holds fewer, undefined where it is to be asked again. */
  step(): At | "none" | undefined {
    const rows = this.#statements.all<Row>(SELECT_BEFORE, idBytes(this.room), ...this.#from);
    for (const row of rows) {
      // Of runs that lie across this one's end, some messages come before it.
      const later = this.#across.filter((time) => compareTime(time, row) > 0);
      this.#across = this.#across.filter((time) => compareTime(time, row) <= 0);
      this.#left -= later.length;
      if (this.#left <= 0) return this.#from;
      this.#from = [row.wallMs, row.tick, row.arrival];
      this.#across.push(...this.#messagesOf(row));
    }
    return rows.length < STEP_RUNS ? "none" : undefined;
  }

  /** When they were said. Of one that is damaged, none: rather too much is kept. */
  #messagesOf(row: Row): HybridTime[] {
    const run = runOf(row);
    if (run === undefined) return [];
    const deleted = this.#amendments.deletedOf(run);
    return run.entries
      .filter(({ type }, i) => isMessageType(type) && !deleted.has(run.seq + i))
      .map(({ time }) => time);
  }
}
