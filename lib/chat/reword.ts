import { equalBytes } from "../base/bytes.ts";
import { sha256 } from "../crypto/primitives.ts";
import { encodeRun, type EntryContent, type Run } from "../wire/entry.ts";
import type { RunWrite } from "./records.ts";

/** What an entry says, and not when. */
export type Words = Pick<EntryContent, "type" | "body">;

/**
 * The run in which the entry of this seq says something else; all else in it stays. It is of a
 * conversation of two, and has no tag.
 */
export function reworded(run: Run, seq: number, words: Words): RunWrite {
  const entries = run.entries.map((entry, i) => {
    return run.seq + i === seq ? { time: entry.time, ...words } : entry;
  });
  return written({ ...run, entries });
}

/** The run that followed `before`, bound to what that is now; undefined if it did not. */
export function rebound(run: Run, before: Uint8Array, now: Uint8Array): RunWrite | undefined {
  return equalBytes(run.previous, before) ? written({ ...run, previous: now }) : undefined;
}

function written(run: Run): RunWrite {
  const bytes = encodeRun(run);
  return { run, bytes, hash: sha256(bytes) };
}
