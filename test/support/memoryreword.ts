import type { PeerId } from "../../lib/base/ids.ts";
import { contentOf } from "../../lib/chat/contentof.ts";
import { amendedBy } from "../../lib/chat/quotes.ts";
import type { OwnRow, RewordWrite, RunWrite } from "../../lib/chat/records.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { decodeRun, type Entry, encodeRun } from "../../lib/wire/entry.ts";
import { type Kept, type MemoryEntries, rowKey, type WaitingRow } from "./memoryentries.ts";

/** Of a disk in memory what other words for own ones have to do with. */
interface Disk {
  readonly entries: MemoryEntries;
  readonly heads: Map<string, Kept>;
  readonly outbox: ReadonlyMap<PeerId, Map<string, WaitingRow>>;
  readonly receipts: ReadonlySet<string>;
}

/** Throws where it, or something behind it, may have gone out. */
export function rewordIn(disk: Disk, write: RewordWrite): void {
  for (const now of rewordedIn(disk.entries, write)) {
    const { room, author, seq } = now.run;
    const key = rowKey(room, seq);
    for (const [peer, rows] of disk.outbox) {
      const waiting = rows.get(key);
      if (waiting?.isTried === true) throw new Error("What went out is said otherwise");
      if (disk.receipts.has(`${peer} ${key}`)) throw new Error("What arrived is said otherwise");
      if (waiting !== undefined) rows.set(key, { ...waiting, run: now.run, bytes: now.bytes });
    }
    const head = disk.heads.get(room + author)?.entry.seq;
    for (const kept of replacedIn(disk.entries, now)) {
      if (kept.entry.seq === head) disk.heads.set(room + author, kept);
    }
  }
}

/** The runs in which its author edits or deletes an entry. */
export function changesIn(entries: MemoryEntries, { room, author, seq }: Entry): OwnRow[] {
  return entries.ofChain({ room, author }).flatMap(({ content, row }) => {
    const target = content && amendedBy(content, author);
    const run = decodeRun(row.bytes);
    const isChange = target?.author === author && target.seq === seq;
    return isChange && run !== undefined ? [{ run, bytes: row.bytes }] : [];
  });
}

/** The run in which an own entry says something else, and all behind it, bound to that. */
function rewordedIn(entries: MemoryEntries, write: RewordWrite): RunWrite[] {
  const { room, author, seq, type, body } = write;
  const first = entries.get(room, author, seq)?.row.seq;
  if (first === undefined) throw new Error(`Seq ${seq} is not there to be said otherwise`);
  const rows = entries
    .ofChain({ room, author })
    .filter(({ entry, row }) => row.seq >= first && entry.seq === row.seq)
    .toSorted((a, b) => a.entry.seq - b.entry.seq);
  let previous: Uint8Array | undefined;
  return rows.map(({ row }) => {
    const run = decodeRun(row.bytes);
    if (run === undefined) throw new Error("Bytes are not their run's");
    const contents = run.entries.map((entry, i) => {
      return run.seq + i === seq ? { time: entry.time, type, body } : entry;
    });
    const now = { ...run, entries: contents, previous: previous ?? run.previous };
    const bytes = encodeRun(now);
    previous = sha256(bytes);
    return { run: now, bytes, hash: previous };
  });
}

/** Puts a run in the place of what has its numbers. */
function replacedIn(entries: MemoryEntries, { run, bytes, hash }: RunWrite): Kept[] {
  const { room, author } = run;
  return run.entries.map((content, i) => {
    const entry = { room, author, seq: run.seq + i, ...content };
    const known = entries.get(room, author, entry.seq);
    if (known === undefined) throw new Error("No such entry on disk");
    const now = { ...known, entry, content: contentOf(entry), row: { ...known.row, bytes, hash } };
    entries.add(now);
    return now;
  });
}
