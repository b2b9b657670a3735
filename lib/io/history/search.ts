import { equalBytes } from "../../base/bytes.ts";
import { idBytes, type PeerId, type RoomId, roomIdOf } from "../../base/ids.ts";
import type { SearchLoaded, SearchQuery } from "../../chat/history.ts";
import { compareEntries } from "../../chat/order.ts";
import { textOf } from "../../chat/textof.ts";
import type { Entry } from "../../wire/entry.ts";
import { isBytes } from "../rows.ts";
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
/** Answered by the index of chains alone. */
const SELECT_KNOWN = "SELECT 1 FROM runs WHERE room = ? LIMIT 1";
const SELECT_ONE = `SELECT ${KEPT_COLUMNS} FROM runs WHERE arrival = ?`;
const SELECT_OF_MS = `SELECT ${KEPT_COLUMNS} FROM runs WHERE wall_ms = ?1 AND arrival <= ?2`;
/** Of a room as the index has it, whatever a damaged row says. */
const SELECT_OF_MS_NEAR = `${SELECT_OF_MS} AND substr(room, 1, 4) = substr(?3, 1, 4)`;

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
  /** Rooms that are held and not asked for. */
  readonly #others = new Set<RoomId>();
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
    const damaged = new Set(this.#index.damaged());
    const found = [...this.#unindexed(progress), ...this.#readAgain(damaged)];
    const pool = found.toSorted(compareEntries);
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
      const rows = this.#rowsOf(wallMs, progress);
      read += rows.length;
      const others = rows.filter(({ arrival }) => !damaged.has(arrival));
      const matches = others.flatMap((row) => this.#matchesIn(row, wallMs));
      if (matches.length > 0) pool.push(...matches);
      if (matches.length > 0) pool.sort(compareEntries);
    }
    yield* pool.toReversed();
  }

  #rowsOf(wallMs: number, progress: number): KeptRow[] {
    const { room } = this.#options;
    if (room === undefined) return this.#statements.all(SELECT_OF_MS, wallMs, progress);
    return this.#statements.all(SELECT_OF_MS_NEAR, wallMs, progress, idBytes(room));
  }

  #unindexed(progress: number): KeptEntry[] {
    const found: KeptEntry[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    for (let scanned = 0; scanned < this.#options.scannedMax; scanned += ROWS) {
      const rows = this.#statements.all<KeptRow>(SELECT_UNINDEXED, progress, before);
      for (const row of rows) {
        if (!this.#isElsewhere(row)) found.push(...this.#matchesIn(row));
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS) return found;
      if (last.arrival >= before) throw new Error("it has rows that are out of order");
      before = last.arrival;
    }
    this.unsearched = Math.max(0, before - 1 - progress);
    return found;
  }

  /** What was damaged as it was to be indexed: most likely it still is. */
  #readAgain(arrivals: Iterable<number>): KeptEntry[] {
    return [...arrivals].flatMap((arrival) => {
      const rows = this.#statements.all<KeptRow>(SELECT_ONE, arrival);
      return rows.flatMap((row) => (this.#isElsewhere(row) ? [] : this.#matchesIn(row)));
    });
  }

  /**
   * What is damaged may have had the words, whatever it says by now; what is not of the ms by which
   * it was found stands in the place of another.
   */
  #matchesIn(row: KeptRow, wallMs?: number): KeptEntry[] {
    const { needle, room } = this.#options;
    const entries = keptEntriesOf(row);
    const isOfMs = wallMs === undefined || entries?.at(-1)?.time.wallMs === wallMs;
    if (entries === undefined || !isOfMs) {
      this.damaged += entriesLost(this.#statements, row);
      return [];
    }
    const isMatch = (entry: Entry) => needle.isIn(textOf(entry) ?? "");
    return entries.filter((it) => (room === undefined || it.room === room) && isMatch(it));
  }

  /** Where a damaged row says that it is of a room that there is nothing of, it may be of any. */
  #isElsewhere({ room: bytes }: KeptRow): boolean {
    const { room } = this.#options;
    if (room === undefined || !isBytes(bytes) || equalBytes(bytes, idBytes(room))) return false;
    const other = roomIdOf(bytes);
    if (this.#others.has(other)) return true;
    const isKnown = this.#statements.all(SELECT_KNOWN, bytes).length > 0;
    if (isKnown) this.#others.add(other);
    return isKnown;
  }
}
