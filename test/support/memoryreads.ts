import type { RoomId } from "../../lib/base/ids.ts";
import { isMessage } from "../../lib/chat/quotes.ts";
import { READS_TOLD_MAX } from "../../lib/chat/reading.ts";
import type { ChainName, MarksLoaded, ReadsLoaded, ReadsQuery } from "../../lib/chat/records.ts";
import type { Entry } from "../../lib/wire/entry.ts";
import type { Kept } from "./memoryentries.ts";

/** How far a chain is read, where all is that came up to the mark: below the first that is not. */
export function chainMark(
  chain: readonly Kept[],
  { room, author }: ChainName,
  mark: Kept | undefined,
): MarksLoaded["marks"][number] {
  const readTo = mark?.arrival ?? 0;
  const unread = chain.filter(({ arrival }) => arrival > readTo).map(({ entry }) => entry.seq);
  const read = chain.filter(({ arrival }) => arrival <= readTo).map(({ entry }) => entry.seq);
  const first = Math.min(Infinity, ...unread);
  const seq = Math.max(0, ...read.filter((one) => one < first));
  return { room, author, seq, isAll: unread.length === 0 };
}

/** Of what somebody has read up to a seq, that which they have receipted. */
export function readsIn(
  ofRoom: readonly Kept[],
  { room, by, after }: ReadsQuery,
  upTo: number,
  receipts: ReadonlySet<string>,
): ReadsLoaded {
  const seqs = ofRoom.flatMap(({ entry, content, isOwn, row }) => {
    const isHere = isOwn && receipts.has(`${by} ${room} ${row.seq}`);
    const isMeant = after !== undefined && entry.seq > after && entry.seq <= upTo;
    const isMessageRead = isHere && isMeant && content !== undefined && isMessage(content);
    return isMessageRead ? [entry.seq] : [];
  });
  return { kind: "reads", upTo, seqs: seqs.toSorted((a, b) => a - b).slice(-READS_TOLD_MAX) };
}

/** The same entry is the last that is read, where it is of those that moved, from `first` on. */
export function moveMark(
  marks: Map<RoomId, Kept>,
  first: Pick<Entry, "room" | "author" | "seq">,
  shift: number,
): void {
  const mark = marks.get(first.room);
  if (mark?.entry.author !== first.author || mark.entry.seq < first.seq) return;
  marks.set(first.room, { ...mark, entry: { ...mark.entry, seq: mark.entry.seq + shift } });
}
