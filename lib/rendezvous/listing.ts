import { LISTING_BYTES_MAX, LISTING_ENTRIES_MAX } from "../wire/limits.ts";
import { LISTING_HEADER_BYTES, type ListingEntry, listingEntryBytes } from "../wire/rendezvous.ts";
import { type Client, listingEntryOf } from "./clients.ts";

/** As much of a listing as fits one answer. */
export interface Page {
  readonly entries: readonly ListingEntry[];
  /** The number after which the next page begins, 0 when this is the last. */
  readonly next: number;
}

/** The entries of the first of `clients`, and whether more follow. */
export function pageOf(clients: Iterable<Client>): Page {
  const entries: ListingEntry[] = [];
  let bytes = LISTING_HEADER_BYTES;
  for (const client of clients) {
    const entry = listingEntryOf(client);
    if (entry === undefined) continue;
    bytes += listingEntryBytes(entry);
    const isFull = bytes > LISTING_BYTES_MAX || entries.length >= LISTING_ENTRIES_MAX;
    if (isFull) return { entries, next: entries.at(-1)?.number ?? 0 };
    entries.push(entry);
  }
  return { entries, next: 0 };
}
