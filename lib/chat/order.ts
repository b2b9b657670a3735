import type { Entry } from "../wire/entry.ts";
import { compareTime } from "./clock.ts";

/** What places an entry among a room's others. */
export type Place = Pick<Entry, "time" | "author" | "seq">;

/**
 * The order of a room, the same for everybody who holds the same entries: hybrid time, author, seq.
 * It agrees with every author's own order, since times rise along a chain. PROTOCOL.md §8.
 */
export function compareEntries(a: Place, b: Place): number {
  const byTime = compareTime(a.time, b.time);
  if (byTime !== 0) return byTime;
  if (a.author !== b.author) return a.author < b.author ? -1 : 1;
  return a.seq - b.seq;
}
