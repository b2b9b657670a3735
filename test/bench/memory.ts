import { heapStats } from "bun:jsc";

/** What this process holds when all that is not held any more is collected. */
export interface Memory {
  /** Objects, and the bytes that hang on them. */
  readonly heapBytes: number;
  /** All of the process, with what its libraries hold and what is kept for later. */
  readonly rssBytes: number;
}

/** Some collections free only what the one before has finished with. */
const COLLECTIONS = 4;
const PAUSE_MS = 50;

export async function readMemory(): Promise<Memory> {
  for (let i = 0; i < COLLECTIONS; i++) {
    Bun.gc(true);
    await Bun.sleep(PAUSE_MS);
  }
  // The extra memory that it names besides is part of this size.
  return { heapBytes: heapStats().heapSize, rssBytes: process.memoryUsage.rss() };
}

/** What has been added, in bytes; also what a collection gave back, below zero. */
export function grownSince(
  before: Memory,
  now: Memory,
): { readonly grownHeapBytes: number; readonly grownRssBytes: number } {
  return {
    grownHeapBytes: now.heapBytes - before.heapBytes,
    grownRssBytes: now.rssBytes - before.rssBytes,
  };
}
