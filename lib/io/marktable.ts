import { idBytes, type PeerId, type RoomId } from "../base/ids.ts";
import { UNREAD_MAX } from "../chat/reading.ts";
import type {
  ChainMark,
  ChainName,
  ChatWrite,
  MarksLoaded,
  Unread,
  UnreadLoaded,
  UnreadQuery,
} from "../chat/records.ts";
import { isDeleteType, isMessageType } from "../wire/content.ts";
import { decodeRun, type Run } from "../wire/entry.ts";
import { RUN_ENTRIES_MAX } from "../wire/limits.ts";
import { peerOf, roomOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

/** Entries that are looked at to see how far one author is read; beyond, of their chain alone. */
const LOOKED_AT_MAX = 256;

/** Entries that are counted anew, some 100 ms of work: what comes after so many is not unread. */
export const RECOUNTED_MAX = 8 * UNREAD_MAX;

/** As the schema's index of what others have said has it, in the order of its arrival. */
const HEARD_AFTER = `substr(room, 1, 4) = substr(?1, 1, 4) AND room = ?1 AND own = 0
  AND arrival > ?2 - ${RUN_ENTRIES_MAX} AND arrival + entries - 1 > ?2`;
const SELECT_HEARD = `SELECT arrival, bytes FROM runs
  WHERE ${HEARD_AFTER} ORDER BY arrival`;
/** Without those that nobody is shown, however many they are. */
const SELECT_SHOWN = `SELECT arrival, bytes FROM runs WHERE ${HEARD_AFTER}
  AND author NOT IN (SELECT peer FROM cards WHERE blocked = 1) ORDER BY arrival`;
const SELECT_CHAIN = `SELECT arrival, seq, entries FROM runs
  WHERE room = ? AND author = ? ORDER BY seq DESC LIMIT ${LOOKED_AT_MAX}`;
const SELECT_ENTRY = `SELECT arrival, seq, entries FROM runs
  WHERE room = ? AND author = ? AND seq <= ? ORDER BY seq DESC LIMIT 1`;

const SELECT_MARK = "SELECT room, arrival, author, seq, unread FROM marks WHERE room = ?";
const SELECT_UNREAD = "SELECT room, arrival, author, seq, unread FROM marks WHERE unread > 0";
const SELECT_ROOMS = "SELECT room FROM marks";
const UPSERT_MARK = `INSERT INTO marks (room, arrival, author, seq, unread)
  VALUES (?1, ?2, ?3, ?4, 0) ON CONFLICT DO UPDATE
  SET arrival = excluded.arrival, author = excluded.author, seq = excluded.seq
  WHERE excluded.arrival > arrival`;
const ADD_UNREAD = `INSERT INTO marks (room, arrival, unread) VALUES (?1, 0, min(?2, ${UNREAD_MAX}))
  ON CONFLICT DO UPDATE SET unread = min(unread + ?2, ${UNREAD_MAX})`;
const UPDATE_UNREAD = "UPDATE marks SET unread = ?2 WHERE room = ?1";

const SELECT_DELETED = `SELECT DISTINCT target_seq AS seq FROM amendments
  WHERE room = ?1 AND target_author = ?2 AND target_seq BETWEEN ?3 AND ?4
    AND kind = 'delete' AND author = ?2`;
const SELECT_BLOCKED = "SELECT peer FROM cards WHERE blocked = 1";

interface MarkRow {
  readonly room: Uint8Array;
  readonly arrival: number;
  readonly author: Uint8Array | null;
  readonly seq: number | null;
  readonly unread: number;
}

/** Messages of one author that have come to a room in one transaction, or are counted there. */
interface Said {
  readonly author: PeerId;
  readonly seqs: number[];
}

interface News {
  readonly byAuthor: Map<PeerId, Said>;
  /** More than these counts, or less: some was read, or taken back, or is of somebody judged. */
  mustRecount: boolean;
}

/**
 * How far the person here has read each room, in the order in which it came here, and how many
 * messages of others have come since: counted as they come, so that nobody need read them for it.
 */
export class MarkTable {
  readonly #statements: Statements;
  /** What came in the open transaction. */
  readonly #news = new Map<RoomId, News>();
  #blocked: ReadonlySet<PeerId> | undefined;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** What came since the last commit counts for nothing. */
  onBegun(): void {
    this.#news.clear();
    this.#blocked = undefined;
  }

  /** A run of somebody else's. */
  onHeard({ room, author, seq, entries }: Run): void {
    const news = this.#newsOf(room);
    const said = news.byAuthor.get(author) ?? { author, seqs: [] };
    news.byAuthor.set(author, said);
    for (const [i, { type }] of entries.entries()) {
      if (isMessageType(type)) said.seqs.push(seq + i);
      news.mustRecount ||= isDeleteType(type);
    }
  }

  /** Before the transaction ends. */
  onCommitting(): void {
    for (const [room, { byAuthor, mustRecount }] of this.#news) {
      if (mustRecount) this.#recount(room);
      else this.#add(room, this.#countOf(room, byAuthor.values()));
    }
  }

  /** An entry that is not here marks nothing. */
  write({ room, author, seq }: Extract<ChatWrite, { kind: "mark" }>): void {
    const entry = [idBytes(room), idBytes(author), seq] as const;
    const [run] = this.#statements.all<RunPlace>(SELECT_ENTRY, ...entry);
    if (run === undefined || seq >= run.seq + run.entries) return;
    const [id, by] = entry;
    const arrival = run.arrival + seq - run.seq;
    const isLater = this.#statements.run(UPSERT_MARK, id, arrival, by, seq) > 0;
    if (isLater) this.#newsOf(room).mustRecount = true;
  }

  /** Somebody is blocked, or is so no more. */
  onJudged(): void {
    this.#blocked = undefined;
    for (const { room } of this.#statements.all<Pick<MarkRow, "room">>(SELECT_ROOMS)) {
      this.#newsOf(roomOf(room)).mustRecount = true;
    }
  }

  /** Some of what it held is gone, in a transaction of its own. */
  onRemoved(room: RoomId): void {
    this.#recount(room);
  }

  unread({ room }: UnreadQuery): UnreadLoaded {
    const rows =
      room === undefined
        ? this.#statements.all<MarkRow>(SELECT_UNREAD)
        : this.#statements.all<MarkRow>(SELECT_MARK, idBytes(room));
    const rooms = rows.map(unreadOf);
    if (room !== undefined && rooms.length === 0) rooms.push({ room, count: 0, upTo: undefined });
    return { kind: "unread", rooms };
  }

  marks(chains: readonly ChainName[]): MarksLoaded {
    const looks = new Map<RoomId, Look>();
    const marks = chains.map(({ room, author }) => {
      const look = looks.get(room) ?? this.#look(room);
      looks.set(room, look);
      return { room, author, ...this.#markOf(look, room, author) };
    });
    return { kind: "marks", marks };
  }

  /** What came into a gap comes later than what stands above it. */
  #markOf(look: Look, room: RoomId, author: PeerId): Pick<ChainMark, "seq" | "isAll"> {
    const first = look.firsts.get(author);
    const chain = [idBytes(room), idBytes(author)] as const;
    if (first !== undefined) {
      const [below] = this.#statements.all<RunPlace>(SELECT_ENTRY, ...chain, first - 1);
      const end = below === undefined ? 0 : below.seq + below.entries - 1;
      return { seq: Math.min(end, first - 1), isAll: false };
    }
    for (const { arrival, seq, entries } of this.#statements.all<RunPlace>(
      SELECT_CHAIN,
      ...chain,
    )) {
      const read = Math.min(entries, look.arrival - arrival + 1);
      if (read > 0) return { seq: seq + read - 1, isAll: look.isAll };
    }
    return { seq: 0, isAll: look.isAll };
  }

  /** Where each author's first unread entry is, of as many as are looked at. */
  #look(room: RoomId): Look {
    const arrival = this.#arrivalOf(room);
    const firsts = new Map<PeerId, number>();
    let looked = 0;
    for (const { author, seq } of this.#heardAfter(room, arrival)) {
      if (looked === LOOKED_AT_MAX) return { arrival, firsts, isAll: false };
      looked += 1;
      firsts.set(author, Math.min(seq, firsts.get(author) ?? seq));
    }
    return { arrival, firsts, isAll: true };
  }

  #newsOf(room: RoomId): News {
    const known = this.#news.get(room);
    if (known !== undefined) return known;
    const news = { byAuthor: new Map<PeerId, Said>(), mustRecount: false };
    this.#news.set(room, news);
    return news;
  }

  #recount(room: RoomId): void {
    const byAuthor = new Map<PeerId, Said>();
    let [unread, uncounted, looked] = [0, 0, 0];
    const shown = this.#heardAfter(room, this.#arrivalOf(room), SELECT_SHOWN);
    for (const { author, seq, type } of shown) {
      looked += 1;
      if (isMessageType(type)) {
        const said = byAuthor.get(author) ?? { author, seqs: [] };
        byAuthor.set(author, said);
        said.seqs.push(seq);
        uncounted += 1;
      }
      if (looked === RECOUNTED_MAX) break;
      if (uncounted < UNREAD_MAX) continue;
      // Of these some may be taken back, and more come after them.
      unread += this.#countOf(room, byAuthor.values());
      if (unread >= UNREAD_MAX) break;
      byAuthor.clear();
      uncounted = 0;
    }
    if (unread < UNREAD_MAX) unread += this.#countOf(room, byAuthor.values());
    this.#add(room, 0);
    this.#statements.run(UPDATE_UNREAD, idBytes(room), Math.min(unread, UNREAD_MAX));
  }

  /** Without what was taken back, and what nobody is shown. */
  #countOf(room: RoomId, authors: Iterable<Said>): number {
    let count = 0;
    for (const { author, seqs } of authors) {
      if (seqs.length === 0 || this.#isBlocked(author)) continue;
      const deleted = this.#deleted(room, author, seqs);
      count += seqs.filter((seq) => !deleted.has(seq)).length;
    }
    return count;
  }

  #deleted(room: RoomId, author: PeerId, seqs: readonly number[]): ReadonlySet<number> {
    const range = [Math.min(...seqs), Math.max(...seqs)] as const;
    const values = [idBytes(room), idBytes(author), ...range] as const;
    const rows = this.#statements.all<{ seq: number }>(SELECT_DELETED, ...values);
    return new Set(rows.map(({ seq }) => seq));
  }

  #isBlocked(author: PeerId): boolean {
    this.#blocked ??= new Set(
      this.#statements.all<{ peer: Uint8Array }>(SELECT_BLOCKED).map(({ peer }) => peerOf(peer)),
    );
    return this.#blocked.has(author);
  }

  #add(room: RoomId, count: number): void {
    this.#statements.run(ADD_UNREAD, idBytes(room), count);
  }

  #arrivalOf(room: RoomId): number {
    return this.#statements.all<MarkRow>(SELECT_MARK, idBytes(room))[0]?.arrival ?? 0;
  }

  /** Entries of others above an arrival. What is damaged is not counted. */
  *#heardAfter(room: RoomId, after: number, select = SELECT_HEARD): Generator<HeardEntry> {
    const rows = this.#statements.each<HeardRow>(select, idBytes(room), after);
    for (const { arrival, bytes } of rows) {
      const run = decodeRun(bytes);
      if (run === undefined) continue;
      for (const [i, { type }] of run.entries.entries()) {
        if (arrival + i > after) yield { author: run.author, seq: run.seq + i, type };
      }
    }
  }
}

interface RunPlace {
  readonly arrival: number;
  readonly seq: number;
  readonly entries: number;
}

interface HeardRow {
  readonly arrival: number;
  readonly bytes: Uint8Array;
}

interface HeardEntry {
  readonly author: PeerId;
  readonly seq: number;
  readonly type: number;
}

interface Look {
  /** All that came up to it is read. */
  readonly arrival: number;
  readonly firsts: ReadonlyMap<PeerId, number>;
  /** There are no others. */
  readonly isAll: boolean;
}

function unreadOf({ room, author, seq, unread }: MarkRow): Unread {
  const upTo = author === null || seq === null ? undefined : { author: peerOf(author), seq };
  return { room: roomOf(room), count: unread, upTo };
}
