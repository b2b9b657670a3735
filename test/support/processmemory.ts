import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const PAGE_BYTES = 4096;

/** Pages that are looked at together, and skipped together where none was ever touched. */
const STEP_PAGES = 1024;
const STEP_BYTES = STEP_PAGES * PAGE_BYTES;

/** Of an entry in pagemap: whether the page is in memory, or swapped out. */
const ENTRY_BYTES = 8;
const TOUCHED = 0xc0;

interface Region {
  readonly start: number;
  readonly end: number;
}

/** Those of these bytes that are in what a process on Linux has written to its memory. */
export function findInMemory(
  pid: number,
  wanted: readonly Uint8Array[],
): { readonly searchedBytes: number; readonly found: readonly Uint8Array[] } {
  // What lies across the end of a step is read with the one before.
  const overlap = Math.max(...wanted.map(({ length }) => length)) - 1;
  const buffer = Buffer.alloc(STEP_BYTES + overlap);
  const found = new Set<Uint8Array>();
  let searchedBytes = 0;
  // All of them before the first is read: reading touches pages too.
  const steps = touchedSteps(pid);
  const memory = openSync(`/proc/${pid}/mem`, "r");
  for (const { start, end } of steps) {
    const bytes = buffer.subarray(0, readAt(memory, buffer, start, end - start));
    for (const one of wanted) if (bytes.includes(one)) found.add(one);
    searchedBytes += bytes.length;
  }
  closeSync(memory);
  return { searchedBytes, found: [...found] };
}

/** Each from where a step begins to the end of its region. */
function touchedSteps(pid: number): readonly Region[] {
  const entries = Buffer.alloc(STEP_PAGES * ENTRY_BYTES);
  const pagemap = openSync(`/proc/${pid}/pagemap`, "r");
  const steps: Region[] = [];
  for (const { start, end } of writableRegions(pid)) {
    for (let at = start; at < end; at += STEP_BYTES) {
      const pages = Math.min(STEP_PAGES, (end - at) / PAGE_BYTES);
      const place = (at / PAGE_BYTES) * ENTRY_BYTES;
      const length = readSync(pagemap, entries, 0, pages * ENTRY_BYTES, place);
      if (isTouched(entries.subarray(0, length))) steps.push({ start: at, end });
    }
  }
  closeSync(pagemap);
  return steps;
}

function isTouched(entries: Uint8Array): boolean {
  for (let i = ENTRY_BYTES - 1; i < entries.length; i += ENTRY_BYTES) {
    if (((entries[i] ?? 0) & TOUCHED) !== 0) return true;
  }
  return false;
}

function writableRegions(pid: number): readonly Region[] {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)].map(([, start = "", end = ""]) => {
    return { start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) };
  });
}

/** Nothing where it cannot be read. */
function readAt(memory: number, buffer: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, buffer, 0, Math.min(length, buffer.length), at);
  } catch {
    return 0;
  }
}
