import { Database } from "bun:sqlite";
import { closeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PeerId } from "../base/ids.ts";
import type { ChainFloor, ChatLoaded, ChatQuery } from "../chat/records.ts";
import type { LogEvent } from "../node/events.ts";
import type { Loaded, Query, Restored, Write } from "../node/machine.ts";
import { ChainTable } from "./chaintable.ts";
import { EncounterTable } from "./encountertable.ts";
import { MarkTable } from "./marktable.ts";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "./clock.ts";
import { openPrivateFile } from "./files.ts";
import { HeldTable } from "./heldtable.ts";
import { HistoryStore } from "./history/historystore.ts";
import { NetworkTable } from "./networktable.ts";
import { OutboxTable } from "./outboxtable.ts";
import { PeopleTable } from "./peopletable.ts";
import { Rebasing } from "./rebasing.ts";
import { ReadTable } from "./readtable.ts";
import { RewordingTable } from "./rewordingtable.ts";
import { RoomTable } from "./roomtable.ts";
import { RunTable } from "./runtable.ts";
import { migrate } from "./schema.ts";
import { ServerTable } from "./servertable.ts";
import { Statements } from "./statements.ts";
import type { ShownMarks } from "./stdio.ts";
import { failureOf, StoreTrouble } from "./storetrouble.ts";
import { Unshown } from "./unshown.ts";

/** How long a commit waits where another program, a backup perhaps, holds the database. */
const BUSY_TIMEOUT_MS = 250;

/**
 * What a client keeps: one SQLite file, and beside it how far it has been shown. An identity that
 * follows another in the same file sends nothing in the name of the one before.
 */
export class Store {
  /** What it did not hold when it was opened: anything, or what had been shown from it last. */
  readonly lack: "none" | "all" | "end";
  readonly #db: Database;
  readonly #me: PeerId;
  readonly #trouble: StoreTrouble;
  readonly #runs: RunTable;
  readonly #chains: ChainTable;
  readonly #unshown: Unshown;
  readonly #outbox: OutboxTable;
  readonly #marks: MarkTable;
  readonly #reads: ReadTable;
  readonly #held: HeldTable;
  readonly #rebasing: Rebasing;
  readonly #rewording: RewordingTable;
  readonly #rooms: RoomTable;
  readonly #people: PeopleTable;
  readonly #networks: NetworkTable;
  readonly #encounters: EncounterTable;
  readonly #servers: ServerTable;
  readonly #history: HistoryStore;
  readonly #transaction: (writes: readonly Write[]) => void;

  private constructor(
    { file, db, me, wasEmpty }: { file: string; db: Database; me: PeerId; wasEmpty: boolean },
    log: (event: LogEvent) => void,
    clock: Clock,
  ) {
    const statements = new Statements(db);
    this.#db = db;
    this.#me = me;
    this.#trouble = new StoreTrouble(file, log);
    const onDamage = (arrival: number) => this.#trouble.onDamaged(arrival);
    this.#runs = new RunTable(statements, onDamage);
    this.#chains = new ChainTable(statements);
    this.#unshown = new Unshown(join(dirname(file), "shown"), this.#runs);
    this.lack = wasEmpty ? "all" : this.#unshown.isAhead ? "end" : "none";
    this.#outbox = new OutboxTable(statements, me, onDamage);
    this.#marks = new MarkTable(statements);
    this.#reads = new ReadTable(statements, me);
    this.#held = new HeldTable(statements, me);
    this.#rooms = new RoomTable(statements);
    this.#people = new PeopleTable(statements);
    this.#networks = new NetworkTable(statements);
    this.#encounters = new EncounterTable(statements);
    this.#servers = new ServerTable(statements);
    this.#history = new HistoryStore({
      db,
      statements,
      me,
      trouble: this.#trouble,
      clock,
      onRemoved: (room) => this.#marks.onRemoved(room),
    });
    this.#rebasing = new Rebasing(statements, {
      onDamage,
      insert: (moved) => {
        const arrival = this.#runs.insert(moved, 1);
        if (arrival !== undefined) this.#history.onStored(moved.run);
        return arrival;
      },
      onRemoved: (run, arrival, wallMs) => this.#history.onRemoved(run, arrival, wallMs),
    });
    this.#rewording = new RewordingTable(statements, (row) => this.#history.onReworded(row));
    this.#transaction = db.transaction((writes: readonly Write[]) => {
      for (const write of writes) this.#write(write);
      this.#marks.onCommitting();
    }).immediate;
  }

  /** Opens or makes it, for this user alone. Throws a Failure that says what to do. */
  static open(
    file: string,
    me: PeerId,
    log: (event: LogEvent) => void = () => undefined,
    clock: Clock = systemClock,
  ): Store {
    // SQLite would make it readable for all; its -wal and -shm take over the mode of this one.
    closeSync(openPrivateFile(file));
    let db: Database | undefined;
    try {
      db = new Database(file, { readwrite: true, strict: true });
      db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      // The file may come from elsewhere: nothing in its schema is to be run or believed.
      db.run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
      db.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
      const wasEmpty = migrate(db);
      return new Store({ file, db, me, wasEmpty }, log, clock);
    } catch (error) {
      db?.close();
      throw failureOf(file, error);
    }
  }

  restore(): Restored {
    return this.#trouble.guard(() => ({
      chat: {
        rooms: this.#rooms.rooms(),
        left: this.#rooms.left(),
        members: this.#rooms.members(),
        heads: this.#runs.heads(),
        gaps: this.#chains.gaps(),
        checkpoints: this.#chains.checkpoints(),
        forks: this.#chains.forks(),
        floors: this.#chains.floors(),
        waiting: this.#outbox.waiting(),
        ...this.#held.restore(),
        ...this.#unshown.restore(),
      },
      people: this.#people.people(),
      networks: this.#networks.networks(),
      encounters: this.#encounters.encounters(),
    }));
  }

  /** Whether one was in a room of this name, and went out of it since: not only for a run. */
  hasLeft(room: string): boolean {
    return this.#trouble.guard(() => this.#rooms.hasLeft(room));
  }

  /**
   * All of them on disk, or none: false where the disk did not take them, which is logged.
   * Repeating a write changes nothing.
   */
  commit(writes: readonly Write[]): boolean {
    this.#runs.onBegun();
    this.#unshown.onBegun();
    this.#marks.onBegun();
    try {
      this.#transaction(writes);
    } catch (error) {
      this.#trouble.onRefused(error);
      return false;
    }
    this.#runs.onCommitted();
    this.#unshown.onCommitted();
    this.#trouble.onStored();
    return true;
  }

  load(query: ChatQuery): ChatLoaded;
  load(query: Query): Loaded;
  load(query: Query): Loaded {
    switch (query.kind) {
      case "outbox":
        return this.#trouble.guard(() => ({ kind: "outbox", rows: this.#outbox.load(query) }));
      case "runs":
        return this.#trouble.guard(() => ({ kind: "runs", rows: this.#runs.load(query) }));
      case "delivery":
        return this.#trouble.guard(() => {
          return { kind: "delivery", delivery: this.#outbox.delivery(query) };
        });
      case "unread":
        return this.#trouble.guard(() => this.#marks.unread(query));
      case "marks":
        return this.#trouble.guard(() => this.#marks.marks(query.chains));
      case "reads":
        return this.#trouble.guard(() => this.#reads.load(query));
      case "held":
        return this.#trouble.guard(() => {
          return { kind: "held", envelope: this.#held.envelope(query.id) };
        });
      case "history":
      case "search":
      case "place":
      case "waiting":
      case "counts":
        return this.#history.load(query);
      case "quotes":
      case "topics":
        return this.#history.quote(query);
      default:
        return query satisfies never;
    }
  }

  /** Does some ms of what can wait. False where nothing is left to do until the next commit. */
  tend(): boolean {
    const [last, unshownFrom] = [this.#runs.arrival, this.#unshown.first];
    return this.#history.tend({ last, unshownFrom });
  }

  /** How far chains were dropped by `tend` since this was last asked. */
  takeDropped(): readonly ChainFloor[] {
    return this.#history.takeDropped();
  }

  /** What was heard has been shown, in the order of its arrival. */
  get shown(): ShownMarks {
    return this.#unshown.marks;
  }

  /** The Noise key that this server is known by, 32 bytes. */
  serverKey(name: string): Uint8Array | undefined {
    return this.#trouble.guard(() => this.#servers.key(name));
  }

  close(): void {
    this.#unshown.close();
    this.#db.close();
  }

  #write(write: Write): void {
    switch (write.kind) {
      case "own": {
        const arrival = this.#runs.insert(write, 1);
        if (arrival === undefined) return;
        this.#outbox.add(arrival, write.recipients, write.tried);
        return this.#history.onStored(write.run);
      }
      case "heard": {
        // What one has said oneself, and lost, is not news.
        const isOwn = write.run.author === this.#me;
        const arrival = this.#runs.insert(write, isOwn ? 1 : 0);
        if (arrival === undefined) return;
        if (!isOwn) {
          this.#unshown.onHeard(write.run, arrival);
          this.#marks.onHeard(write.run);
        }
        return this.#history.onStored(write.run);
      }
      case "rebase":
        if (this.#rebasing.write(write)) this.#chains.write({ ...write, kind: "gaps" });
        return;
      case "reword":
        return this.#rewording.write(write);
      case "gaps":
      case "checkpoint":
      case "fork":
        return this.#chains.write(write);
      case "tried":
        return this.#outbox.mark(write.peer);
      case "receipt":
      case "failure":
        return this.#outbox.write(write);
      case "mark":
        return this.#marks.write(write);
      case "read":
        return this.#reads.write(write);
      case "hold":
      case "passed":
      case "lost":
      case "unhold":
      case "entrusted":
      case "unentrusted":
        return this.#held.write(write);
      case "room":
        this.#history.onRoomChanged();
        return this.#rooms.write(write);
      case "member":
        return this.#rooms.write(write);
      case "trust":
        this.#people.write(write);
        return this.#marks.onJudged();
      case "card":
      case "nat":
      case "meeting":
        return this.#people.write(write);
      case "network":
        return this.#networks.write(write);
      case "encounter":
        return this.#encounters.write(write);
      case "server":
        return this.#servers.write(write);
      case "retention":
        return this.#history.write(write);
      default:
        write satisfies never;
    }
  }
}
