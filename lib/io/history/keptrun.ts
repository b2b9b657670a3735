import { entriesOf } from "../../chat/chain.ts";
import { decodeRun, type Entry, type HybridTime } from "../../wire/entry.ts";
import { RUN_ENTRIES_MAX } from "../../wire/limits.ts";
import { isBytes, runOf } from "../rows.ts";
import type { Statements } from "../statements.ts";

/** What of a run's row is read where it is shown. */
export const KEPT_COLUMNS = `arrival, room, entries, bytes, hash, wall_ms AS wallMs, tick`;

const SELECT_NEXT = "SELECT arrival FROM runs WHERE arrival > ? ORDER BY arrival LIMIT 1";

/**
 * Only the bytes and their hash are believed: all else is in the bytes as well. By which index a
 * row is found decides which of its columns SQLite reads there, as they were written, and not in
 * the row, where they may be damaged.
 */
export interface KeptRow {
  /** The first entry's. */
  readonly arrival: number;
  readonly room: Uint8Array;
  readonly entries: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  /** The last entry's time. */
  readonly wallMs: number;
  readonly tick: number;
}

/** An entry on disk. */
export interface KeptEntry extends Entry {
  /** The first arrival of its run, and the seq that receipts name that by. */
  readonly runArrival: number;
  readonly runSeq: number;
}

/**
 * The entries of a row, in the order of their times; undefined where the disk does not hold what
 * was written: bytes that are not their hash's.
 */
export function keptEntriesOf(
  row: Pick<KeptRow, "arrival" | "bytes" | "hash">,
): KeptEntry[] | undefined {
  const run = runOf(row);
  if (run === undefined) return undefined;
  const own = { runArrival: row.arrival, runSeq: run.seq };
  return entriesOf(run).map((entry) => Object.assign(entry, own));
}

/**
 * How many entries are lost with a row that is damaged: as many as its bytes still have, or else
 * as it says, which is no more than the arrivals up to the next row.
 */
export function entriesLost(statements: Pick<Statements, "all">, row: KeptRow): number {
  const held = isBytes(row.bytes) ? decodeRun(row.bytes)?.entries.length : undefined;
  const said = held ?? row.entries;
  if (!Number.isSafeInteger(said) || said < 2) return 1;
  const [next] = statements.all<{ arrival: number }>(SELECT_NEXT, row.arrival);
  return Math.min(said, (next?.arrival ?? Infinity) - row.arrival, RUN_ENTRIES_MAX);
}

/** Of the row's last entry. */
export function timeOf({ wallMs, tick }: KeptRow): HybridTime {
  return { wallMs, tick };
}
