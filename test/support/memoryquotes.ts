import type { RoomId } from "../../lib/base/ids.ts";
import { contentOf } from "../../lib/chat/contentof.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import {
  amendedBy,
  quoteOf,
  type QuotesLoaded,
  type QuotesQuery,
  type Topic,
} from "../../lib/chat/quotes.ts";
import type { Entry } from "../../lib/wire/entry.ts";

/** What these entries are by now, with all the others. */
export function quotesIn(
  entries: readonly Entry[],
  { room, names, isAmendedOnly }: QuotesQuery,
): QuotesLoaded {
  const ofRoom = entries.filter((entry) => entry.room === room);
  const quotes = names.map(({ author, seq }) => {
    const amendments = ofRoom.flatMap((entry) => {
      const content = contentOf(entry);
      const target = content && amendedBy(content, entry.author);
      const isAbout = target?.author === author && target.seq === seq;
      return content !== undefined && isAbout ? [{ ...entry, content }] : [];
    });
    if (isAmendedOnly && amendments.length === 0) return undefined;
    const entry = ofRoom.find((one) => one.author === author && one.seq === seq);
    return quoteOf(author, entry && contentOf(entry), amendments);
  });
  return { kind: "quotes", quotes };
}

/** What a room is about. */
export function topicIn(
  entries: readonly Entry[],
  room: RoomId,
  upToMs: number,
): Topic | undefined {
  const topics = entries.flatMap((entry) => {
    const content = entry.room === room ? contentOf(entry) : undefined;
    const isOne = content?.kind === "topic" && entry.time.wallMs <= upToMs;
    return isOne ? [{ ...entry, text: content.text }] : [];
  });
  return topics.toSorted(compareEntries).at(-1);
}
