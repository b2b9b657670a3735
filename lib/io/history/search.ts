import type { PeerId, RoomId } from "../../base/ids.ts";
import type { SearchLoaded, SearchQuery } from "../../chat/history.ts";
import { compareEntries } from "../../chat/order.ts";
import { textOf } from "../../chat/textof.ts";
import { decodeRun, type EntryContent } from "../../wire/entry.ts";
import { roomOf } from "../rows.ts";
import type { Statements } from "../statements.ts";
import {
  entriesLost,
  KEPT_COLUMNS,
  type KeptEntry,
  keptEntriesOf,
  type KeptRow,
} from "./keptrun.ts";
import { Messages, type MessagesParts } from "./messages.ts";
import type { SearchIndex } from "./searchindex.ts";
import { Needle } from "./words.ts";

/** While people wait for one another: 0.1 s or so. */
const LIMITS = { scannedMax: 20_000, candidatesMax: 10_000 };

/** Rows read at once: with the longest texts 16 MiB for a moment. */
const ROWS = 250;

const SELECT_UNINDEXED = `SELECT ${KEPT_COLUMNS} FROM runs
  WHERE arrival > ? AND arrival < ? ORDER BY arrival DESC LIMIT ${ROWS}`;
const SELECT_OF_MS = `SELECT ${KEPT_COLUMNS} FROM runs WHERE wall_ms = ? AND arrival <= ?`;

/** Looks for words in all that was said, by the index and in what is not indexed yet. */
export class Search {
  readonly #me: PeerId;
  readonly #parts: MessagesParts;
  readonly #index: SearchIndex;

  constructor(me: PeerId, index: SearchIndex, parts: MessagesParts) {
    this.#me = me;
    this.#parts = parts;
    this.#index = index;
  }

  load({ text, room, limit }: SearchQuery): SearchLoaded {
    const needle = new Needle(text);
    if (needle.isEmpty) return { kind: "search", step: "empty" };
    const hunt = new Hunt(this.#parts.statements, this.#index, { needle, room, ...LIMITS });
    const messages = new Messages(this.#me, this.#parts);
    const found = hunt.latestFirst();
    // Of one more than are wanted it is known that there are more.
    const some = messages.take(messages.worded(found, limit + 1), limit);
    const { damaged, unsearched, isCut } = hunt;
    const hasMore = some.hasMore || isCut;
    return { kind: "search", step: "page", messages: some.messages, hasMore, unsearched, damaged };
  }
}

export interface HuntOptions {
  readonly needle: Needle;
  /** Undefined for all of them. */
  readonly room: RoomId | undefined;
  /** Runs that are read one by one as they are not indexed yet: those that came last. */
  readonly scannedMax: number;
  /** Runs that are read of those that the index names. */
  readonly candidatesMax: number;
}

/** One search under way. */
export class Hunt {
  readonly #statements: Statements;
  readonly #index: SearchIndex;
  readonly #options: HuntOptions;
  damaged = 0;
  /** Messages that are not indexed, and more than are read one by one. */
  unsearched = 0;
  /** It ended before everything that the index names was read. */
  isCut = false;

  constructor(statements: Statements, index: SearchIndex, options: HuntOptions) {
    this.#statements = statements;
    this.#index = index;
    this.#options = options;
  }

  /** What is found, merged as a page is: later runs than the next candidate's are all read. */
  *latestFirst(): Generator<KeptEntry> {
    const { progress } = this.#index;
    const pool = this.#unindexed(progress).toSorted(compareEntries);
    let read = 0;
    const { needle, room, candidatesMax } = this.#options;
    for (const wallMs of this.#index.candidates(needle, room)) {
      for (
        let top = pool.at(-1);
        top !== undefined && top.time.wallMs > wallMs;
        top = pool.at(-1)
      ) {
        pool.pop();
        yield top;
      }
      this.isCut = read >= candidatesMax;
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
    for (let scanned = 0; scanned < this.#options.scannedMax; scanned += ROWS) {
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
    const { needle, room } = this.#options;
    if (room !== undefined && roomOf(row.room) !== room) return [];
    const isMatch = (entry: EntryContent) => needle.isIn(textOf(entry) ?? "");
    if (decodeRun(row.bytes)?.entries.some(isMatch) === false) return [];
    const entries = keptEntriesOf(row);
    if (entries === undefined) this.damaged += entriesLost(row);
    return entries?.filter(isMatch) ?? [];
  }
}
