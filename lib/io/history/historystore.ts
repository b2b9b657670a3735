import type { Database } from "bun:sqlite";
import type { PeerId, RoomId } from "../../base/ids.ts";
import type {
  CountsLoaded,
  CountsQuery,
  HistoryLoaded,
  HistoryQuery,
  PlaceLoaded,
  PlaceQuery,
  SearchLoaded,
  SearchQuery,
  WaitingLoaded,
  WaitingQuery,
} from "../../chat/history.ts";
import type { QuotesLoaded, QuotesQuery, TopicsLoaded, TopicsQuery } from "../../chat/quotes.ts";
import type { ChainFloor } from "../../chat/records.ts";
import type { RetentionWrite } from "../../chat/retention.ts";
import type { Run } from "../../wire/entry.ts";
import type { Clock } from "../../base/clock.ts";
import type { Statements } from "../statements.ts";
import type { StoreTrouble } from "../storetrouble.ts";
import { AmendmentTable } from "./amendmenttable.ts";
import { Conversations } from "./conversations.ts";
import { History } from "./history.ts";
import type { KeptRow } from "./keptrun.ts";
import { Places } from "./places.ts";
import { Quotes } from "./quotes.ts";
import { type Needed, Retention } from "./retention.ts";
import { Search } from "./search.ts";
import { SearchIndex } from "./searchindex.ts";
import { WaitingMessages } from "./waiting.ts";

type ShownQuery = HistoryQuery | SearchQuery | WaitingQuery | CountsQuery | PlaceQuery;
type ShownLoaded = HistoryLoaded | SearchLoaded | WaitingLoaded | CountsLoaded | PlaceLoaded;

export interface HistoryStoreOptions {
  readonly db: Database;
  readonly statements: Statements;
  readonly me: PeerId;
  readonly trouble: StoreTrouble;
  readonly clock: Clock;
  /** Some of what a room held is gone. */
  readonly onRemoved: (room: RoomId) => void;
}

/**
 * What was said, to be read and searched. None of it is needed to talk: what cannot be read is told
 * in words, and an index that cannot be written is left as it is.
 */
export class HistoryStore {
  readonly #db: Database;
  readonly #trouble: StoreTrouble;
  readonly #conversations: Conversations;
  readonly #amendments: AmendmentTable;
  readonly #places: Places;
  readonly #quotes: Quotes;
  readonly #history: History;
  readonly #search: Search;
  readonly #waiting: WaitingMessages;
  readonly #index: SearchIndex;
  readonly #retention: Retention;
  #isTended = true;

  constructor({ db, statements, me, trouble, clock, onRemoved }: HistoryStoreOptions) {
    const conversations = new Conversations(statements, me);
    this.#conversations = conversations;
    this.#amendments = new AmendmentTable(statements);
    this.#quotes = new Quotes(statements, this.#amendments);
    const parts = { statements, conversations, quotes: this.#quotes };
    this.#db = db;
    this.#trouble = trouble;
    this.#index = new SearchIndex(db, statements);
    const [index, amendments] = [this.#index, this.#amendments];
    const kept = { db, statements, index, amendments };
    this.#retention = new Retention({ ...kept, clock, onRemoved });
    this.#places = new Places(conversations, (room) => this.#retention.keepOf(room));
    this.#history = new History(me, parts);
    this.#waiting = new WaitingMessages(me, parts);
    this.#search = new Search(me, this.#index, parts);
  }

  load(query: ShownQuery): ShownLoaded {
    try {
      return this.#load(query);
    } catch (error) {
      const reason = this.#trouble.onUnreadable(error);
      return { kind: query.kind, step: "failed", reason };
    }
  }

  /** What cannot be read is not known. */
  quote(query: QuotesQuery | TopicsQuery): QuotesLoaded | TopicsLoaded {
    try {
      return query.kind === "quotes" ? this.#quotes.load(query) : this.#quotes.topics(query);
    } catch (error) {
      this.#trouble.onUnreadable(error);
      if (query.kind === "topics")
        return { kind: "topics", topics: query.rooms.map(() => undefined) };
      return { kind: "quotes", quotes: query.names.map(() => ({ step: "unknown" })) };
    }
  }

  /** A run has come to the disk. */
  onStored(run: Run): void {
    this.#amendments.add(run);
  }

  /** The run of this arrival and last time is no more. */
  onRemoved(run: Run, arrival: number, wallMs: number): void {
    this.#index.remove(wallMs, arrival);
    this.#amendments.remove(run);
  }

  /** What is in this row says something else than before. */
  onReworded(row: KeptRow): void {
    this.#index.replace(row);
  }

  /** A room was entered or left. */
  onRoomChanged(): void {
    this.#conversations.onRoomChanged();
  }

  /** How much of a room is to be kept. */
  write(write: RetentionWrite): void {
    this.#retention.write(write);
  }

  /** Some ms of indexing, or of removing what is not to be kept. False where nothing is left. */
  tend(needed: Needed): boolean {
    if (!this.#isTended) return false;
    // What a power cut takes of this is done again.
    this.#db.run("PRAGMA synchronous = NORMAL");
    try {
      return this.#index.step() || this.#retention.step(needed);
    } catch (error) {
      this.#isTended = this.#trouble.isRefusal(error);
      if (!this.#isTended) this.#trouble.onUnreadable(error);
      return false;
    } finally {
      this.#db.run("PRAGMA synchronous = FULL");
    }
  }

  /** How far chains were dropped since this was last asked. */
  takeDropped(): readonly ChainFloor[] {
    return this.#retention.takeDropped();
  }

  #load(query: ShownQuery): ShownLoaded {
    switch (query.kind) {
      case "history":
        return this.#history.load(query);
      case "search":
        return this.#search.load(query);
      case "place":
        return this.#places.load(query);
      case "waiting":
        return { kind: "waiting", step: "page", ...this.#waiting.load(query) };
      case "counts":
        return { kind: "counts", step: "counted", counts: this.#waiting.counts() };
      default:
        return query satisfies never;
    }
  }
}
