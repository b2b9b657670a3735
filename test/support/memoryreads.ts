import { contentOf } from "../../lib/chat/contentof.ts";
import { isMessage } from "../../lib/chat/quotes.ts";
import { READS_TOLD_MAX } from "../../lib/chat/reading.ts";
import type {
  ChainName,
  MarksLoaded,
  ReadsLoaded,
  ReadsQuery,
  RunRow,
} from "../../lib/chat/records.ts";
import type { Entry } from "../../lib/wire/entry.ts";

/** One entry. */
export interface Kept {
  readonly entry: Entry;
  /** The run that it is of. */
  readonly row: RunRow;
  readonly isOwn: boolean;
  /** Counts what came, in that order. */
  readonly arrival: number;
  shown: boolean;
}

/** How far a chain is read, where all is that came up to the mark: below the first that is not. */
export function chainMark(
  entries: readonly Kept[],
  { room, author }: ChainName,
  mark: Kept | undefined,
): MarksLoaded["marks"][number] {
  const readTo = mark?.arrival ?? 0;
  const chain = entries.filter(({ entry }) => entry.room === room && entry.author === author);
  const unread = chain.filter(({ arrival }) => arrival > readTo).map(({ entry }) => entry.seq);
  const read = chain.filter(({ arrival }) => arrival <= readTo).map(({ entry }) => entry.seq);
  const first = Math.min(Infinity, ...unread);
  const seq = Math.max(0, ...read.filter((one) => one < first));
  return { room, author, seq, isAll: unread.length === 0 };
}

/** Of what somebody has read up to a seq, that which they have receipted. */
export function readsIn(
  entries: readonly Kept[],
  { room, by, after }: ReadsQuery,
  upTo: number,
  receipts: ReadonlySet<string>,
): ReadsLoaded {
  const seqs = entries.flatMap(({ entry, isOwn, row }) => {
    const isHere = isOwn && entry.room === room && receipts.has(`${by} ${room} ${row.seq}`);
    const isMeant = after !== undefined && entry.seq > after && entry.seq <= upTo;
    const content = isHere && isMeant ? contentOf(entry) : undefined;
    return content !== undefined && isMessage(content) ? [entry.seq] : [];
  });
  return { kind: "reads", upTo, seqs: seqs.toSorted((a, b) => a - b).slice(-READS_TOLD_MAX) };
}
