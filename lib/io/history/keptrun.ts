import { equalBytes } from "../../base/bytes.ts";
import { compareTime } from "../../chat/clock.ts";
import { entriesOf, linkOf } from "../../chat/chain.ts";
import { decodeRun, type Entry, type HybridTime } from "../../wire/entry.ts";
import { RUN_ENTRIES_MAX } from "../../wire/limits.ts";
import { peerOf, roomOf } from "../rows.ts";

/** What of a run's row is read where it is shown. */
export const KEPT_COLUMNS = `arrival, room, author, seq, entries, bytes, hash,
  wall_ms AS wallMs, tick`;

export interface KeptRow {
  /** The first entry's. */
  readonly arrival: number;
  readonly room: Uint8Array;
  readonly author: Uint8Array;
  readonly seq: number;
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
 * was written: bytes that are not their hash's, or that say something else than the row.
 */
export function keptEntriesOf(row: KeptRow): KeptEntry[] | undefined {
  const run = decodeRun(row.bytes);
  if (run === undefined || run.seq !== row.seq || run.entries.length !== row.entries) {
    return undefined;
  }
  const link = linkOf(run, row.bytes);
  if (!equalBytes(link.hash, row.hash) || compareTime(link.time, row) !== 0) return undefined;
  if (run.room !== roomOf(row.room) || run.author !== peerOf(row.author)) return undefined;
  const { arrival: runArrival, seq: runSeq } = row;
  return entriesOf(run).map((entry) => Object.assign(entry, { runArrival, runSeq }));
}

/** With a row that is damaged: as many as it says, where that can be. */
export function entriesLost({ entries }: Pick<KeptRow, "entries">): number {
  return Number.isSafeInteger(entries) && entries > 1 ? Math.min(entries, RUN_ENTRIES_MAX) : 1;
}

/** Of the row's last entry. */
export function timeOf({ wallMs, tick }: KeptRow): HybridTime {
  return { wallMs, tick };
}
