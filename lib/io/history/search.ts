import type { PeerId, RoomId } from "../../base/ids.ts";
import type { SearchLoaded, SearchQuery } from "../../chat/history.ts";
import { compareEntries } from "../../chat/order.ts";
import { textOf } from "../../chat/textof.ts";
import { decodeRun, type EntryContent } from "../../wire/entry.ts";
import { roomOf } from "../rows.ts";
import type { Statements } from "../statements.ts";
import type { Conversations } from "./conversations.ts";
import { KEPT_COLUMNS, type KeptEntry, keptEntriesOf, type KeptRow } from "./keptrun.ts";
import { Messages } from "./messages.ts";
import type { SearchIndex } from "./searchindex.ts";
import { Needle } from "./words.ts";

/** Runs that are read one by one as they are not indexed yet: those that came last, 0.1 s or so. */
const SCANNED_MAX = 20_000;

/** Runs that one search reads of those that the index names: of a phrase that is in few, 0.1 s. */
const CANDIDATES_MAX = 10_000;

/** Rows read at once: with the longest texts 16 MiB for a moment. */
const ROWS = 250;

const SELECT_UNINDEXED = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE arrival > ? AND arrival < ? ORDER BY arrival DESC LIMIT ${ROWS}`;
const SELECT_OF_MS = `SELECT ${KEPT_COLUMNS} FROM runs WHERE wall_ms = ? AND arrival <= ?`;

/** Looks for words in all that was said, by the index and in what is not indexed yet. */
export class Search {
  readonly #statements: Statements;
  readonly #me: PeerId;
  readonly #conversations: Conversations;
  readonly #index: SearchIndex;

  constructor(
    statements: Statements,
    me: PeerId,
    parts: { readonly conversations: Conversations; readonly index: SearchIndex },
  ) {
    this.#statements = statements;
    this.#me = me;
    this.#conversations = parts.conversations;
    this.#index = parts.index;
  }

  load({ text, room, limit }: SearchQuery): SearchLoaded {
    const needle = new Needle(text);
    if (needle.isEmpty) return { kind: "search", step: "empty" };
    const hunt = new Hunt(this.#statements, this.#index, needle, room);
    const messages = new Messages(this.#statements, this.#me, this.#conversations);
    const some = messages.take(hunt.latestFirst(), limit);
    const { damaged, unsearched, isCut } = hunt;
    const hasMore = some.hasMore || isCut;
    return { kind: "search", step: "page", messages: some.messages, hasMore, unsearched, damaged };
  }
}

/** One search under way. */
class Hunt {
  readonly #statements: Statements;
  readonly #index: SearchIndex;
  readonly #needle: Needle;
  readonly #room: RoomId | undefined;
  damaged = 0;
  /** Messages that are not indexed, and more than are read one by one. */
  unsearched = 0;
  /** It ended before everything that the index names was read. */
  isCut = false;

  constructor(
    statements: Statements,
    index: SearchIndex,
    needle: Needle,
    room: RoomId | undefined,
  ) {
    this.#statements = statements;
    this.#index = index;
    this.#needle = needle;
    this.#room = room;
  }

  /** What is found, merged as a page is: later runs than the next candidate's are all read. */
  *latestFirst(): Generator<KeptEntry> {
    const { progress } = this.#index;
    const pool = this.#unindexed(progress).toSorted(compareEntries);
    let read = 0;
    for (const wallMs of this.#index.candidates(this.#needle, this.#room)) {
      for (
        let top = pool.at(-1);
        top !== undefined && top.time.wallMs > wallMs;
        top = pool.at(-1)
      ) {
        pool.pop();
        yield top;
      }
      this.isCut = read >= CANDIDATES_MAX;
      if (this.isCut) break;
      const rows = this.#statements.all<KeptRow>(SELECT_OF_MS, wallMs, progress);
      read += rows.length;
      const found = rows.flatMap((row) => this.#matchesIn(row));
      if (found.length > 0) pool.push(...found);
      if (found.length > 0) pool.sort(compareEntries);
    }
    yield* pool.toReversed();
  }

  #unindexed(progress: number): KeptEntry[] {
    const found: KeptEntry[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    for (let scanned = 0; scanned < SCANNED_MAX; scanned += ROWS) {
      const rows = this.#statements.all<KeptRow>(SELECT_UNINDEXED, progress, before);
      for (const row of rows) found.push(...this.#matchesIn(row));
      if (rows.length < ROWS) return found;
      before = rows.at(-1)?.arrival ?? 0;
    }
    this.unsearched = Math.max(0, before - 1 - progress);
    return found;
  }

  /** Compared with the hash only where there is something to show. */
  #matchesIn(row: KeptRow): KeptEntry[] {
    if (this.#room !== undefined && roomOf(row.room) !== this.#room) return [];
    const isMatch = (entry: EntryContent) => this.#needle.isIn(textOf(entry) ?? "");
    if (decodeRun(row.bytes)?.entries.some(isMatch) === false) return [];
    const entries = keptEntriesOf(row);
    if (entries === undefined) this.damaged += row.entries;
    return entries?.filter(isMatch) ?? [];
  }
}
