import type { Database } from "bun:sqlite";
import type { PeerId } from "../../base/ids.ts";
import type { HistoryLoaded, HistoryQuery, SearchLoaded, SearchQuery } from "../../chat/history.ts";
import type { Statements } from "../statements.ts";
import type { StoreTrouble } from "../storetrouble.ts";
import { Conversations } from "./conversations.ts";
import { History } from "./history.ts";
import { Search } from "./search.ts";
import { SearchIndex } from "./searchindex.ts";

/**
 * What was said, to be read and searched. None of it is needed to talk: what cannot be read is told
 * in words, and an index that cannot be written is left as it is.
 */
export class HistoryStore {
  readonly #db: Database;
  readonly #trouble: StoreTrouble;
  readonly #history: History;
  readonly #search: Search;
  readonly #index: SearchIndex;
  #isIndexing = true;

  constructor(db: Database, statements: Statements, me: PeerId, trouble: StoreTrouble) {
    const conversations = new Conversations(statements, me);
    this.#db = db;
    this.#trouble = trouble;
    this.#index = new SearchIndex(db, statements);
    this.#history = new History(statements, me, conversations);
    this.#search = new Search(statements, me, { conversations, index: this.#index });
  }

  load(query: HistoryQuery | SearchQuery): HistoryLoaded | SearchLoaded {
    try {
      return query.kind === "history" ? this.#history.load(query) : this.#search.load(query);
    } catch (error) {
      const reason = this.#trouble.onUnreadable(error);
      return { kind: query.kind, step: "failed", reason };
    }
  }

  /** Indexes some of what is new, up to this arrival. False where nothing is left to do. */
  tend(arrival: number): boolean {
    if (!this.#isIndexing || this.#index.progress >= arrival) return false;
    // What a power cut takes of an index is written again: it goes with how far that had come.
    this.#db.run("PRAGMA synchronous = NORMAL");
    try {
      return this.#index.step();
    } catch (error) {
      this.#isIndexing = this.#trouble.isRefusal(error);
      if (!this.#isIndexing) this.#trouble.onUnreadable(error);
      return false;
    } finally {
      this.#db.run("PRAGMA synchronous = FULL");
    }
  }
}
