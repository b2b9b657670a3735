import { Database } from "bun:sqlite";
import { closeSync } from "node:fs";
import { dirname, join } from "node:path";
import { idBytes, type PeerId } from "../base/ids.ts";
import { EXIT } from "../contract/exitcodes.ts";
import type { OutboxQuery, OutboxRow, RunWrite } from "../chat/records.ts";
import type { LogEvent } from "../node/events.ts";
import type { KnownNetwork, Restored, Write } from "../node/machine.ts";
import { NETWORKS_MAX } from "../node/networks.ts";
import { ENTRY_TEXT, type Entry, type HybridTime } from "../wire/entry.ts";
import { RUN_ENTRIES_MAX } from "../wire/limits.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";
import { openPrivateFile } from "./files.ts";
import { arrivalsOf, headOf, outboxRowOf, peerOf, roomOf } from "./rows.ts";
import type { HeadRow, RunRow } from "./rows.ts";
import { migrate } from "./schema.ts";
import { ShownCursor } from "./shown.ts";
import type { ShownMarks } from "./stdio.ts";

/** How long a commit waits where another program, a backup perhaps, holds the database. */
const BUSY_TIMEOUT_MS = 250;

/** Meetings that are remembered; of more the oldest are forgotten. */
export const MEETINGS_MAX = 1000;

/** What the machine can do to a commit: it is refused, and the next one may succeed. */
const DISK_TROUBLE = /^SQLITE_(?:BUSY|CANTOPEN|FULL|IOERR|LOCKED|NOMEM|PERM|PROTOCOL|READONLY)/;
const DAMAGE = /^SQLITE_(?:CORRUPT|NOTADB)/;

const UPSERT_ROOM = `INSERT INTO rooms VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET name = excluded.name, joined = excluded.joined`;
const UPSERT_MEMBER = `INSERT INTO members VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET joined = excluded.joined`;
const INSERT_RUN = `INSERT INTO runs
  (arrival, room, author, seq, entries, bytes, hash, wall_ms, tick, own)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room, author, seq) DO NOTHING`;
const INSERT_OUTBOX = "INSERT INTO outbox VALUES (?, ?) ON CONFLICT DO NOTHING";
const DELETE_OUTBOX = `DELETE FROM outbox WHERE recipient = ?
  AND arrival = (SELECT arrival FROM runs WHERE room = ? AND author = ? AND seq = ?)`;
const INSERT_RECEIPT = "INSERT INTO receipts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
const INSERT_FAILURE = "INSERT INTO failures VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
const UPSERT_CARD = `INSERT INTO cards (peer, card, first_seen, last_met) VALUES (?1, ?2, ?3, ?3)
  ON CONFLICT DO UPDATE SET card = excluded.card, last_met = excluded.last_met`;
const UPDATE_NAT = "UPDATE cards SET nat = ?, nat_ms = ? WHERE peer = ?";
const INSERT_MEETING = `INSERT INTO meetings
  (peer, name, wall_ms, expected, outcome, took_ms, technique, mine, theirs)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const FORGET_MEETINGS = `DELETE FROM meetings
  WHERE meeting <= (SELECT max(meeting) FROM meetings) - ${MEETINGS_MAX}`;
const UPSERT_NETWORK = `INSERT INTO networks VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET nat = excluded.nat, wall_ms = excluded.wall_ms`;
const FORGET_NETWORKS = `DELETE FROM networks WHERE place NOT IN
  (SELECT place FROM networks ORDER BY wall_ms DESC LIMIT ${NETWORKS_MAX})`;
const SELECT_NETWORKS = 'SELECT place, nat, wall_ms AS "wallMs" FROM networks ORDER BY wall_ms';
const INSERT_SERVER = "INSERT INTO servers VALUES (?, ?) ON CONFLICT DO NOTHING";
const UPSERT_SERVER = `INSERT INTO servers VALUES (?, ?)
  ON CONFLICT DO UPDATE SET noise_key = excluded.noise_key`;

const SELECT_OUTBOX = `SELECT arrival, bytes FROM outbox JOIN runs USING (arrival)
  WHERE recipient = ? AND author = ? AND arrival > ? ORDER BY arrival LIMIT ?`;
const SELECT_WAITING = `SELECT recipient, sum(entries) AS count FROM outbox
  JOIN runs USING (arrival) WHERE author = ? GROUP BY recipient`;
const SELECT_UNSHOWN = `SELECT arrival, bytes FROM runs
  WHERE arrival > ? - ${RUN_ENTRIES_MAX} AND own = 0 ORDER BY arrival`;
const SELECT_TIME = `SELECT wall_ms AS wallMs, tick FROM runs
  ORDER BY wall_ms DESC, tick DESC LIMIT 1`;

/** Steps from chain to chain and from there to its end, so that it reads no more than the heads. */
const SELECT_HEADS = `
  WITH RECURSIVE chains (room, author) AS (
    SELECT * FROM (SELECT room, author FROM runs ORDER BY room, author LIMIT 1)
    UNION ALL
    SELECT next.room, next.author FROM chains JOIN runs AS next ON next.arrival = (
      SELECT arrival FROM runs WHERE (room, author) > (chains.room, chains.author)
      ORDER BY room, author LIMIT 1)
  )
  SELECT head.room, head.author, head.seq, head.entries, head.hash,
    head.wall_ms AS wallMs, head.tick
  FROM chains JOIN runs AS head ON head.arrival = (
    SELECT arrival FROM runs WHERE room = chains.room AND author = chains.author
    ORDER BY seq DESC LIMIT 1)`;

/**
 * What a client keeps: one SQLite file, and beside it how far it has been shown. An identity that
 * follows another in the same file sends nothing in the name of the one before.
 */
export class Store {
  readonly #file: string;
  readonly #db: Database;
  readonly #me: Uint8Array;
  readonly #cursor: ShownCursor;
  readonly #log: (event: LogEvent) => void;
  readonly #transaction: (writes: readonly Write[]) => void;
  /** The highest arrival that is committed, and the one that the open transaction has reached. */
  #arrival: number;
  #nextArrival: number;
  /** The arrivals of texts of others that are committed and not shown, and those under way. */
  #unshown: number[] = [];
  #nextUnshown: number[] = [];
  #isFailing = false;

  private constructor(
    { file, db, me }: { file: string; db: Database; me: PeerId },
    log: (event: LogEvent) => void,
  ) {
    this.#file = file;
    this.#db = db;
    this.#me = idBytes(me);
    this.#log = log;
    this.#transaction = db.transaction((writes: readonly Write[]) => {
      for (const write of writes) this.#write(write);
    }).immediate;
    this.#arrival = this.#read(() => this.#lastArrival());
    this.#nextArrival = this.#arrival;
    this.#cursor = new ShownCursor(join(dirname(file), "shown"));
    // Better not shown than everything ever heard shown once more.
    if ((this.#cursor.position ?? Infinity) > this.#arrival) this.#cursor.write(this.#arrival);
  }

  /** Opens or makes it, for this user alone. Throws a Failure that says what to do. */
  static open(file: string, me: PeerId, log: (event: LogEvent) => void = () => undefined): Store {
    // SQLite would make it readable for all; its -wal and -shm take over the mode of this one.
    closeSync(openPrivateFile(file));
    let db: Database | undefined;
    try {
      db = new Database(file, { readwrite: true, strict: true });
      db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      // The file may come from elsewhere: nothing in its schema is to be run or believed.
      db.run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
      db.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
      migrate(db);
      return new Store({ file, db, me }, log);
    } catch (error) {
      db?.close();
      throw failureOf(file, error);
    }
  }

  restore(): Restored {
    return this.#read(() => ({
      chat: {
        rooms: this.#all<{ room: Uint8Array; name: string }>(
          "SELECT room, name FROM rooms WHERE joined = 1",
        ).map(({ room, name }) => ({ room: roomOf(room), name })),
        members: this.#all<{ room: Uint8Array; peer: Uint8Array }>(
          "SELECT room, peer FROM members WHERE joined = 1",
        ).map(({ room, peer }) => ({ room: roomOf(room), peer: peerOf(peer) })),
        heads: this.#all<HeadRow>(SELECT_HEADS).map(headOf),
        time: this.#all<HybridTime>(SELECT_TIME)[0] ?? { wallMs: 0, tick: 0 },
        waiting: this.#all<{ recipient: Uint8Array; count: number }>(SELECT_WAITING, this.#me).map(
          ({ recipient, count }) => ({ peer: peerOf(recipient), count }),
        ),
        unshown: this.#restoreUnshown(),
      },
      cards: this.#all<{ card: Uint8Array }>("SELECT card FROM cards ORDER BY last_met").map(
        ({ card }) => card,
      ),
      networks: this.#all<KnownNetwork>(SELECT_NETWORKS),
    }));
  }

  /**
   * All of them on disk, or none: false where the disk did not take them, which is logged.
   * Repeating a write changes nothing.
   */
  commit(writes: readonly Write[]): boolean {
    this.#nextArrival = this.#arrival;
    this.#nextUnshown = [];
    try {
      this.#transaction(writes);
    } catch (error) {
      this.#noteTrouble(error);
      if (!DISK_TROUBLE.test(codeOf(error) ?? "")) throw failureOf(this.#file, error);
      return false;
    }
    this.#arrival = this.#nextArrival;
    this.#unshown.push(...this.#nextUnshown);
    this.#noteSuccess();
    return true;
  }

  load({ peer, after, limit }: OutboxQuery): OutboxRow[] {
    return this.#read(() =>
      this.#all<RunRow>(SELECT_OUTBOX, idBytes(peer), this.#me, after, limit).map(outboxRowOf),
    );
  }

  /** What was heard and is committed by now has been shown, in the order of its arrival. */
  get shown(): ShownMarks {
    const last = this.#arrival;
    return {
      one: () => {
        const arrival = this.#unshown.shift();
        if (arrival !== undefined) this.#cursor.write(arrival);
      },
      oneWithLineFeed: (fd) => {
        const [arrival] = this.#unshown;
        if (arrival === undefined) return false;
        const isDone = this.#cursor.writeWithLineFeed(arrival, fd);
        if (isDone) this.#unshown.shift();
        return isDone;
      },
      all: () => {
        this.#unshown = this.#unshown.filter((arrival) => arrival > last);
        this.#cursor.write(last);
      },
    };
  }

  /** The Noise key that this server is known by, 32 bytes. */
  serverKey(name: string): Uint8Array | undefined {
    const sql = "SELECT noise_key AS key FROM servers WHERE name = ?";
    return this.#read(() => this.#all<{ key: Uint8Array }>(sql, name)[0]?.key);
  }

  close(): void {
    this.#cursor.close();
    this.#db.close();
  }

  #write(write: Write): void {
    switch (write.kind) {
      case "own": {
        const arrival = this.#insert(write, 1);
        if (arrival === undefined) return;
        for (const peer of write.recipients) this.#run(INSERT_OUTBOX, idBytes(peer), arrival);
        return;
      }
      case "heard": {
        const arrival = this.#insert(write, 0);
        if (arrival === undefined) return;
        for (const [i, { type }] of write.run.entries.entries()) {
          if (type === ENTRY_TEXT) this.#nextUnshown.push(arrival + i);
        }
        return;
      }
      case "receipt": {
        const [peer, room] = [idBytes(write.by), idBytes(write.room)];
        this.#run(INSERT_RECEIPT, room, this.#me, write.seq, peer, Math.floor(write.wallMs));
        this.#run(DELETE_OUTBOX, peer, room, this.#me, write.seq);
        return;
      }
      case "failure": {
        const [peer, room] = [idBytes(write.by), idBytes(write.room)];
        this.#run(INSERT_FAILURE, room, this.#me, write.seq, peer, write.reason);
        this.#run(DELETE_OUTBOX, peer, room, this.#me, write.seq);
        return;
      }
      case "room":
        this.#run(UPSERT_ROOM, idBytes(write.room), write.name, Number(write.joined));
        return;
      case "member":
        this.#run(UPSERT_MEMBER, idBytes(write.room), idBytes(write.peer), Number(write.joined));
        return;
      case "card":
        this.#run(UPSERT_CARD, idBytes(write.peer), write.card, Math.floor(write.wallMs));
        return;
      case "nat":
        this.#run(UPDATE_NAT, write.nat, Math.floor(write.wallMs), idBytes(write.peer));
        return;
      case "meeting":
        this.#insertMeeting(write);
        return;
      case "network":
        this.#run(UPSERT_NETWORK, write.place, write.nat, write.wallMs);
        this.#run(FORGET_NETWORKS);
        return;
      case "server":
        this.#run(write.isGiven ? UPSERT_SERVER : INSERT_SERVER, write.name, write.noiseKey);
        return;
      default:
        write satisfies never;
    }
  }

  #insertMeeting(meeting: Extract<Write, { kind: "meeting" }>): void {
    const { peer, name, wallMs, expected, outcome, tookMs, technique, mine, theirs } = meeting;
    const [at, took] = [Math.floor(wallMs), Math.floor(tookMs)];
    const values = [idBytes(peer), name, at, expected, outcome, took, technique, mine, theirs];
    this.#run(INSERT_MEETING, ...values);
    this.#run(FORGET_MEETINGS);
  }

  #restoreUnshown(): Entry[] {
    const position = this.#cursor.position ?? this.#arrival;
    const rows = this.#all<RunRow>(SELECT_UNSHOWN, position).flatMap(arrivalsOf);
    const texts = rows.filter(
      ({ arrival, entry }) => arrival > position && entry.type === ENTRY_TEXT,
    );
    this.#unshown = texts.map(({ arrival }) => arrival);
    return texts.map(({ entry }) => entry);
  }

  /** Its first entry's arrival; undefined where it is there already. */
  #insert({ run, bytes, hash }: RunWrite, own: 0 | 1): number | undefined {
    const { room, author, seq, entries } = run;
    const { wallMs = 0, tick = 0 } = entries.at(-1)?.time ?? {};
    const arrival = this.#nextArrival + 1;
    const { changes } = this.#run(
      INSERT_RUN,
      arrival,
      idBytes(room),
      idBytes(author),
      seq,
      entries.length,
      bytes,
      hash,
      wallMs,
      tick,
      own,
    );
    if (changes === 0) return undefined;
    this.#nextArrival += entries.length;
    return arrival;
  }

  #run(sql: string, ...values: (Uint8Array | string | number)[]) {
    return this.#db.query(sql).run(...values);
  }

  #all<Row>(sql: string, ...values: (Uint8Array | string | number)[]): Row[] {
    return this.#db.query<Row, (Uint8Array | string | number)[]>(sql).all(...values);
  }

  #lastArrival(): number {
    const sql = "SELECT arrival + entries - 1 AS last FROM runs ORDER BY arrival DESC LIMIT 1";
    return this.#all<{ last: number }>(sql)[0]?.last ?? 0;
  }

  #read<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw failureOf(this.#file, error);
    }
  }

  /** Once, and not with every turn for as long as it lasts. */
  #noteTrouble(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const fields = { file: this.#file, code: codeOf(error) ?? "", reason: wordsOf(error) };
    this.#log({ type: "log", level: "error", message: "cannot store", fields });
  }

  #noteSuccess(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    const fields = { file: this.#file };
    this.#log({ type: "log", level: "info", message: "can store again", fields });
  }
}

function failureOf(file: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error) ?? "";
  const why = DAMAGE.test(code)
    ? "it is damaged or not ours: move it away to begin anew, or put a copy of it back"
    : code.startsWith("SQLITE_BUSY")
      ? "another program holds it"
      : wordsOf(error);
  return new Failure(`Cannot use ${file}: ${why}`, EXIT.failure, error);
}
