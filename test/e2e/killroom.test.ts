/**
 * Programs of a room killed at random moments: of who says something, of who hears it, and of those
 * who have only come and get what was said before. `KILLS=200 bun test test/e2e/killroom.test.ts`
 * kills more often, `SEED=…` at the same moments.
 */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { startServer } from "../support/chat.ts";
import { roomLog, type RoomLog } from "../support/roomlog.ts";
import { Scratch } from "../support/scratch.ts";
import { Talker } from "../support/talker.ts";
import { Prng } from "../sim/prng.ts";

const KILLS = Number(process.env["KILLS"] ?? 20);
const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e9));

const ROOM = "#lobby";

/** What was said before the first newcomer comes, by each of two. */
const BEFORE = 300;

/** How long all may take to have all, on a machine that has other work. */
const RETURN_MS = 60_000;

/** Between two looks, each of which reads all that all hold. */
const LOOK_MS = 500;

/** Each says something in so many ms. */
const GAP_MS = 20;

/** A kill falls within so long of the victim's start, or of the last kill. */
const DELAY_MS = 500;

/** As many come one after another; who came before is away until the end. */
const NEWCOMERS = 4;

test(
  `a room loses and doubles nothing over ${KILLS} kills, SEED=${SEED}`,
  async () => {
    const prng = new Prng(SEED, "kills in a room");
    await using room = await Room.begin();
    for (let kills = 0; kills < KILLS; kills++) {
      if (kills % Math.ceil(KILLS / NEWCOMERS) === 0) await room.renew();
      const victim = prng.chance(0.5) ? room.newcomer : room.authors[prng.below(2)];
      if (victim === undefined) throw new Error("Two talk");
      await Bun.sleep(prng.unit() * DELAY_MS);
      await victim.kill();
      victim.start();
    }
    const log = await room.end();

    for (const author of room.authors) {
      const { queued, delivered } = author.account;
      expect(delivered.size).toBeGreaterThan(0);
      expect([...delivered].filter((id) => !log.ids.has(id))).toEqual([]);
      expect([...queued].filter((id) => !log.ids.has(id))).toEqual([]);
    }
    for (const one of room.everybody) {
      const shown = one.account.heard.map(({ id }) => id);
      expect(new Set(shown).size).toBe(shown.length);
      expect(shown.toSorted()).toEqual(log.idsFor(one.name).toSorted());
    }
    expect(await room.stop()).toEqual(room.everybody.map(() => "ok"));
  },
  60_000 + KILLS * 3000,
);

/** Two who talk without a pause, and newcomers who are there one after another. */
class Room implements AsyncDisposable {
  readonly authors: readonly [Talker, Talker];
  readonly newcomers: Talker[] = [];
  readonly #scratch: Scratch;
  readonly #server: AsyncDisposable;
  readonly #address: string;
  #pump: NodeJS.Timeout | undefined;

  private constructor(scratch: Scratch, server: AsyncDisposable, address: string) {
    this.#scratch = scratch;
    this.#server = server;
    this.#address = address;
    this.authors = [this.#talker("ann"), this.#talker("bob")];
  }

  static async begin(): Promise<Room> {
    const scratch = new Scratch();
    const server = startServer({ dataDir: scratch.join("server"), listen: "127.0.0.1:0" });
    const { address } = await server.line({ type: "ready" });
    const room = new Room(scratch, server, String(address));
    await room.#meet();
    return room;
  }

  get newcomer(): Talker | undefined {
    return this.newcomers.at(-1);
  }

  get everybody(): readonly Talker[] {
    return [...this.authors, ...this.newcomers];
  }

  /** Whoever came last goes, and somebody comes who was never here. */
  async renew(): Promise<void> {
    await this.newcomer?.kill();
    const newcomer = this.#talker(`cat${this.newcomers.length}`);
    this.newcomers.push(newcomer);
    newcomer.start();
  }

  /** All are here, nobody says any more, and all come to hold the same, and to show it: that. */
  async end(): Promise<Said> {
    clearInterval(this.#pump);
    for (const one of this.everybody) if (!one.isRunning) one.start();
    const deadlineMs = performance.now() + RETURN_MS;
    for (;;) {
      const logs = await Promise.all(this.everybody.map(async (one) => roomLog(one.program, ROOM)));
      const [first] = logs;
      if (first !== undefined && logs.every(({ hash }) => hash === first.hash)) {
        const said = new Said(first);
        // What was missed is told page by page, after it is on disk.
        const isShown = this.everybody.every((one) => {
          return one.account.heard.length >= said.idsFor(one.name).length;
        });
        if (isShown || performance.now() > deadlineMs) return said;
      } else if (performance.now() > deadlineMs) {
        throw new Error(`They differ: ${logs.map(({ texts }) => texts.length).join(", ")}`);
      }
      await Bun.sleep(LOOK_MS);
    }
  }

  /** What SQLite says of each database, once its program has ended. */
  async stop(): Promise<unknown[]> {
    for (const one of this.everybody) await one.kill();
    return this.everybody.map(({ name }) => {
      const db = new Database(this.#scratch.join(name, "p2pchat.db"));
      const [row] = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
      db.close();
      return row?.integrity_check;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pump);
    for (const one of [...this.everybody, this.#server]) await one[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }

  async #meet(): Promise<void> {
    for (const one of this.authors) one.start();
    const isMet = { type: "peer", state: "connected" };
    await Promise.all(this.authors.map(async (one) => one.tells(isMet, RETURN_MS)));
    for (let i = 0; i < BEFORE; i++) for (const one of this.authors) one.say(ROOM);
    // On a slow machine nobody may live for long enough to say anything later.
    const isTold = { type: "status", state: "delivered" };
    await Promise.all(this.authors.map(async (one) => one.tells(isTold, RETURN_MS)));
    this.#pump = setInterval(() => {
      for (const one of this.authors) if (one.isRunning) one.say(ROOM);
    }, GAP_MS);
  }

  #talker(name: string): Talker {
    return new Talker(name, this.#scratch.join(name), this.#address);
  }
}

/** What all hold of the room. */
class Said {
  readonly ids: ReadonlySet<string>;
  readonly #log: RoomLog;

  constructor(log: RoomLog) {
    this.#log = log;
    this.ids = new Set(log.messages.map(({ id }) => id));
  }

  /** What this person is to have been shown: all that others said. */
  idsFor(name: string): string[] {
    return this.#log.messages.filter(({ from }) => from !== name).map(({ id }) => id);
  }
}
