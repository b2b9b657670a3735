import type { Database } from "bun:sqlite";
import { PEER_ID_BYTES, type PeerId, peerIdOf, type RoomId } from "../../base/ids.ts";
import { directRoom } from "../../chat/rooms.ts";
import type { KeptMessage } from "../../chat/history.ts";
import { compareEntries, type Place } from "../../chat/order.ts";
import type { KeptPerson } from "../../node/machine.ts";
import type { KeptRoom } from "../../node/target.ts";
import { PeopleTable } from "../peopletable.ts";
import { openReadOnly } from "../readonlydatabase.ts";
import { checkVersion } from "../schema.ts";
import { Statements } from "../statements.ts";
import { failureOf } from "../storetrouble.ts";
import { AmendmentTable } from "./amendmenttable.ts";
import { Conversations } from "./conversations.ts";
import type { KeptEntry } from "./keptrun.ts";
import { Messages, type MessagesParts } from "./messages.ts";
import { Quotes } from "./quotes.ts";
import { Hunt } from "./search.ts";
import { SearchIndex } from "./searchindex.ts";
import { Timeline } from "./timeline.ts";
import type { Needle } from "./words.ts";

const BUSY_TIMEOUT_MS = 1000;

/** What of it all is wanted. */
export interface Wanted {
  readonly rooms: readonly RoomId[];
  /** Nothing that was said before, in ms since the epoch. */
  readonly sinceMs: number | undefined;
}

/** A profile's history, read beside its client or without one, from a read-only disk too. */
export class ArchiveReader {
  readonly #file: string;
  readonly #db: Database;
  readonly #me: PeerId;
  readonly #statements: Statements;
  readonly #conversations: Conversations;
  readonly #parts: MessagesParts;
  #damaged = 0;

  private constructor(file: string, db: Database, me: PeerId) {
    this.#file = file;
    this.#db = db;
    this.#me = me;
    this.#statements = new Statements(db);
    this.#conversations = new Conversations(this.#statements, me);
    const [statements, conversations] = [this.#statements, this.#conversations];
    const quotes = new Quotes(statements, new AmendmentTable(statements));
    this.#parts = { statements, conversations, quotes };
  }

  /** Throws a Failure where there is none, or none that this version can read. */
  static open(file: string, me: PeerId): ArchiveReader {
    let db: Database | undefined;
    try {
      db = openReadOnly(file);
      db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      db.run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON");
      checkVersion(db);
      return new ArchiveReader(file, db, me);
    } catch (error) {
      db?.close();
      throw failureOf(file, error);
    }
  }

  /** Whose history it is. */
  get me(): PeerId {
    return this.#me;
  }

  /** Messages that the disk has not given back as they were written, of those asked for. */
  get damaged(): number {
    return this.#damaged;
  }

  people(): readonly KeptPerson[] {
    return this.#guard(() => new PeopleTable(this.#statements).people());
  }

  /** All that something is kept of. */
  rooms(): readonly RoomId[] {
    return this.#guard(() => this.#conversations.rooms());
  }

  /** Those of this name and with such an id, and what each is called. */
  roomsCalled(wanted: KeptRoom): readonly { room: RoomId; label: string }[] {
    return this.#guard(() => {
      const called = this.#conversations.called(wanted);
      return called.map((room) => ({ room, label: this.#conversations.labelOf(room) }));
    });
  }

  /** The conversation with somebody, where something is kept of it. */
  roomWith(peer: PeerId): RoomId | undefined {
    const room = directRoom(this.#me, peer);
    return this.rooms().find((kept) => kept === room);
  }

  /** All of it, the earliest first: never more in memory than a few of each room. */
  *earliestFirst({ rooms, sinceMs }: Wanted): Generator<KeptMessage> {
    const timeline = this.#timeline();
    const start = sinceMs === undefined ? undefined : beginningOf(sinceMs);
    const ascending = rooms.map((room) => timeline.after(room, start));
    const entries = merged(ascending, (a, b) => compareEntries(a, b));
    yield* this.#guarded((messages) => messages.each(entries));
  }

  /** The last `limit` of it, or as many of those with these words, the earliest first. */
  last(wanted: Wanted, limit: number, needle: Needle | undefined): readonly KeptMessage[] {
    const { rooms, sinceMs = 0 } = wanted;
    const entries = needle === undefined ? this.#descending(rooms) : this.#found(rooms, needle);
    const recent = entriesSince(entries, sinceMs);
    const kept = this.#guarded((messages) => {
      return needle === undefined ? messages.each(recent) : messages.worded(recent, limit);
    });
    // What was edited since was not said since.
    return [...kept.filter(({ time }) => time.wallMs >= sinceMs).take(limit)].toReversed();
  }

  close(): void {
    this.#db.close();
  }

  #descending(rooms: readonly RoomId[]): Generator<KeptEntry> {
    const timeline = this.#timeline();
    const descending = rooms.map((room) => timeline.before(room, undefined));
    return merged(descending, (a, b) => compareEntries(b, a));
  }

  *#found(rooms: readonly RoomId[], needle: Needle): Generator<KeptEntry> {
    const index = new SearchIndex(this.#db, this.#statements);
    const room = rooms.length === 1 ? rooms[0] : undefined;
    const limits = { scannedMax: Infinity, candidatesMax: Infinity };
    const hunt = new Hunt(this.#statements, index, { needle, room, ...limits });
    const isWanted = new Set(rooms);
    try {
      yield* hunt.latestFirst().filter((entry) => isWanted.has(entry.room));
    } finally {
      this.#damaged += hunt.damaged;
    }
  }

  *#guarded(read: (messages: Messages) => Iterable<KeptMessage>): Generator<KeptMessage> {
    try {
      yield* read(new Messages(this.#me, this.#parts));
    } catch (error) {
      throw failureOf(this.#file, error);
    }
  }

  #timeline(): Timeline {
    return new Timeline(this.#statements, (entries) => (this.#damaged += entries));
  }

  #guard<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw failureOf(this.#file, error);
    }
  }
}

/** Every entry that was said at this time or later is after it. */
function beginningOf(wallMs: number): Place {
  return { time: { wallMs, tick: 0 }, author: peerIdOf(new Uint8Array(PEER_ID_BYTES)), seq: 0 };
}

/** Of those that come the latest first, all that are not of before. */
function* entriesSince(entries: Iterable<KeptEntry>, sinceMs: number): Generator<KeptEntry> {
  for (const entry of entries) {
    if (entry.time.wallMs < sinceMs) return;
    yield entry;
  }
}

/** Streams that are each in this order, as one. */
function* merged(
  streams: readonly Generator<KeptEntry>[],
  compare: (a: KeptEntry, b: KeptEntry) => number,
): Generator<KeptEntry> {
  /** What comes next is the last of them. */
  const heads: { readonly entry: KeptEntry; readonly stream: Generator<KeptEntry> }[] = [];
  const advance = (stream: Generator<KeptEntry>): void => {
    const next = stream.next();
    if (next.done === true) return;
    const at = heads.findLastIndex(({ entry }) => compare(entry, next.value) >= 0);
    heads.splice(at + 1, 0, { entry: next.value, stream });
  };
  for (const stream of streams) advance(stream);
  for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
    yield head.entry;
    advance(head.stream);
  }
}
