import { idBytes, type PeerId, type RoomId } from "../../base/ids.ts";
import { contentOf } from "../../chat/contentof.ts";
import {
  type Quote,
  quoteOf,
  type QuotesLoaded,
  type QuotesQuery,
  type Topic,
  type TopicsLoaded,
  type TopicsQuery,
} from "../../chat/quotes.ts";
import { CANCELLED } from "../../chat/cancelled.ts";
import type { EntryName } from "../../wire/content.ts";
import type { Statements } from "../statements.ts";
import type { AmendmentTable } from "./amendmenttable.ts";
import { findEntry } from "./entries.ts";
import type { KeptEntry } from "./keptrun.ts";

const SELECT_CANCELLED = `SELECT 1 FROM failures
  WHERE room = ? AND author = ? AND seq = ? AND reason = ?`;

/** What is to be read of a message by now, as the disk has it. */
export class Quotes {
  readonly #statements: Statements;
  readonly #amendments: AmendmentTable;

  constructor(statements: Statements, amendments: AmendmentTable) {
    this.#statements = statements;
    this.#amendments = amendments;
  }

  load({ room, names, isAmendedOnly }: QuotesQuery): QuotesLoaded {
    const isAmended = isAmendedOnly ? this.#amendedOf(room, names) : () => true;
    const quotes = names.map((name) => (isAmended(name) ? this.#byNow(room, name) : undefined));
    return { kind: "quotes", quotes };
  }

  topics({ rooms, upToMs }: TopicsQuery): TopicsLoaded {
    return { kind: "topics", topics: rooms.map((room) => this.#topicOf(room, upToMs)) };
  }

  #topicOf(room: RoomId, upToMs: number): Topic | undefined {
    for (const name of this.#amendments.topics(room, upToMs)) {
      const entry = findEntry(this.#statements, room, name);
      const content = entry && contentOf(entry);
      if (entry === undefined || content?.kind !== "topic") continue;
      const { author, seq, time } = entry;
      return { author, seq, time, text: content.text };
    }
    return undefined;
  }

  #byNow(room: RoomId, name: EntryName): Quote {
    const entry = findEntry(this.#statements, room, name);
    if (entry === undefined) return { step: "unknown" };
    return this.#isCancelled(entry) ? { step: "cancelled" } : this.of(entry);
  }

  /** What was said at once with others is not taken back: its run's failure is its own. */
  #isCancelled({ room, author, runSeq }: KeptEntry): boolean {
    const run = [idBytes(room), idBytes(author), runSeq] as const;
    return this.#statements.all(SELECT_CANCELLED, ...run, CANCELLED).length > 0;
  }

  named(room: RoomId, name: EntryName): Quote {
    const entry = findEntry(this.#statements, room, name);
    return entry === undefined ? { step: "unknown" } : this.of(entry);
  }

  of(entry: KeptEntry): Quote {
    const { room, author } = entry;
    const { names, hasMoreReactions } = this.#amendments.of(room, entry);
    const amendments = names.flatMap((name) => {
      const amendment = findEntry(this.#statements, room, name);
      const content = amendment && contentOf(amendment);
      return content === undefined ? [] : [{ ...name, content }];
    });
    const quote = quoteOf(author, contentOf(entry), amendments);
    return hasMoreReactions && quote.step === "said" ? { ...quote, hasMoreReactions } : quote;
  }

  /** Looked up for each author at once: what was missed comes by the thousand. */
  #amendedOf(room: RoomId, names: readonly EntryName[]): (name: EntryName) => boolean {
    const ranges = new Map<PeerId, { from: number; to: number }>();
    for (const { author, seq } of names) {
      const { from, to } = ranges.get(author) ?? { from: seq, to: seq };
      ranges.set(author, { from: Math.min(from, seq), to: Math.max(to, seq) });
    }
    const amended = new Map<PeerId, ReadonlySet<number>>();
    for (const [author, { from, to }] of ranges) {
      amended.set(author, this.#amendments.amended(room, author, from, to));
    }
    return ({ author, seq }) => amended.get(author)?.has(seq) === true;
  }
}
