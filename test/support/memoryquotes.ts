import type { PeerId } from "../../lib/base/ids.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import {
  type Amendment,
  amendedBy,
  quoteOf,
  type QuotesLoaded,
  type QuotesQuery,
  type Topic,
} from "../../lib/chat/quotes.ts";
import type { Kept } from "./memoryentries.ts";

/** What these entries are by now, with all the others of their room. */
export function quotesIn(
  ofRoom: readonly Kept[],
  { names, isAmendedOnly }: Pick<QuotesQuery, "names" | "isAmendedOnly">,
): QuotesLoaded {
  const byName = new Map(ofRoom.map((kept) => [nameOf(kept.entry.author, kept.entry.seq), kept]));
  const amendments = Map.groupBy(ofRoom.flatMap(amendmentOf), ({ target }) => target);
  const quotes = names.map(({ author, seq }) => {
    const name = nameOf(author, seq);
    const about = amendments.get(name) ?? [];
    if (isAmendedOnly && about.length === 0) return undefined;
    if (byName.get(name)?.isCancelled === true) return { step: "cancelled" } as const;
    return quoteOf(
      author,
      byName.get(name)?.content,
      about.map(({ amendment }) => amendment),
    );
  });
  return { kind: "quotes", quotes };
}

interface About {
  /** The name of what it is about. */
  readonly target: string;
  readonly amendment: Amendment;
}

function amendmentOf({ entry, content }: Kept): About[] {
  const target = content && amendedBy(content, entry.author);
  if (content === undefined || target === undefined) return [];
  return [{ target: nameOf(target.author, target.seq), amendment: { ...entry, content } }];
}

function nameOf(author: PeerId, seq: number): string {
  return `${author} ${seq}`;
}

/** What a room is about. */
export function topicIn(ofRoom: readonly Kept[], upToMs: number): Topic | undefined {
  const topics = ofRoom.flatMap(({ entry, content }) => {
    const isOne = content?.kind === "topic" && entry.time.wallMs <= upToMs;
    return isOne ? [{ ...entry, text: content.text }] : [];
  });
  return topics.toSorted(compareEntries).at(-1);
}
