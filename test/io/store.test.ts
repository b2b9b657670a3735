import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { closeSync, openSync, readdirSync, symlinkSync } from "node:fs";
import { truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LogEvent } from "../../lib/node/events.ts";
import { idBytes, type PeerId } from "../../lib/base/ids.ts";
import { migrate } from "../../lib/io/schema.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { Store } from "../../lib/io/store.ts";
import { decodeRun } from "../../lib/wire/entry.ts";
import { SKIPPED } from "../support/tally.ts";
import {
  ANN,
  BOB,
  CAROL,
  DAVE,
  DEV,
  entry,
  hash,
  hashIn,
  heard,
  heardRun,
  LOBBY,
  markAll,
  outbox,
  outboxRows,
  own,
} from "./support/entries.ts";
import { encodeLone } from "../support/lonerun.ts";
import { READER } from "./support/reader.ts";
import { modeOf, scratch, withUmask } from "./support/scratch.ts";

const isLinux = process.platform === "linux";
const why = isLinux ? "" : `${SKIPPED}only Linux writes and marks in one step`;

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

const fileIn = (directory: string): string => join(directory, "p2pchat.db");

function open(file = fileIn(scratch()), log?: (event: LogEvent) => void, me = ANN): Store {
  const store = Store.open(file, me, log);
  stores.push(store);
  return store;
}

/** As the next run of the program finds it. */
function reopen(file: string, me = ANN): Store {
  stores.pop()?.close();
  return open(file, undefined, me);
}

test("a new store knows nothing", () => {
  const { chat, people } = open().restore();

  expect(chat).toEqual({
    rooms: [],
    left: [],
    members: [],
    heads: [],
    gaps: [],
    checkpoints: [],
    forks: [],
    floors: [],
    waiting: [],
    entrusted: [],
    held: [],
    unshown: [],
    shown: [],
  });
  expect(people).toEqual([]);
});

test("what was committed is there in the next run, byte for byte", () => {
  const file = fileIn(scratch());
  const odd = entry(1, {
    body: Uint8Array.of(0, 0xc3, 0xbf, 10),
    time: { wallMs: 2 ** 48 - 1, tick: 7 },
  });

  const ok = open(file).commit([
    { kind: "room", room: LOBBY, name: "#lobby", joined: true },
    { kind: "room", room: DEV, name: "#dev", joined: true },
    { kind: "room", room: DEV, name: "#dev", joined: false },
    { kind: "member", room: LOBBY, peer: BOB, joined: true },
    { kind: "member", room: LOBBY, peer: CAROL, joined: true },
    { kind: "member", room: LOBBY, peer: CAROL, joined: false },
    { kind: "card", peer: BOB, card: Uint8Array.of(1), trust: "known", wallMs: 1.5 },
    { kind: "card", peer: BOB, card: Uint8Array.of(2), trust: "known", wallMs: 2.5 },
    heard(1, odd),
  ]);
  const { chat, people } = reopen(file).restore();

  expect(ok).toBe(true);
  expect(chat.rooms).toEqual([{ room: LOBBY, name: "#lobby" }]);
  expect(chat.members).toEqual([{ room: LOBBY, peer: BOB }]);
  const { previous: _, ...told } = odd;
  expect(chat.unshown).toEqual([told]);
  expect(people).toEqual([
    { card: Uint8Array.of(2), trust: "known", isBlocked: false, lastSeenMs: 2 },
  ]);
});

test("of a private room its key is kept, and what invites to it, until it is left", () => {
  const file = fileIn(scratch());
  const [proofKey, other] = [new Uint8Array(32).fill(9), new Uint8Array(32).fill(8)];
  const dev = { room: DEV, name: "#dev", proofKey, invitation: "secret" };
  const lobby = { room: LOBBY, name: "#lobby", proofKey: other };

  open(file).commit([
    { kind: "room", ...dev, joined: true },
    { kind: "room", ...lobby, joined: true },
  ]);
  const store = reopen(file);
  const { rooms, left } = store.restore().chat;
  store.commit([{ kind: "room", ...dev, proofKey: new Uint8Array(0), joined: false }]);
  const after = store.restore().chat;

  expect(rooms.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([dev, lobby]);
  expect(left).toEqual([]);
  expect([after.rooms, after.left]).toEqual([[lobby], [DEV]]);
});

test("the head of every chain is its entry of the greatest number, in any order of arrival", () => {
  const store = open();
  const inDev = { room: DEV };

  store.commit([heard(2), heard(3), heard(1), heard(1, inDev), own(5, []), own(4, [], inDev)]);
  const { heads } = store.restore().chat;

  const time = (seq: number) => ({ wallMs: 1_700_000_000_000 + seq, tick: 0 });
  expect(heads).toEqual([
    { room: LOBBY, author: ANN, seq: 5, hash: hashIn(own(5, [])), time: time(5) },
    { room: LOBBY, author: BOB, seq: 3, hash: hashIn(heard(3)), time: time(3) },
    { room: DEV, author: ANN, seq: 4, hash: hashIn(own(4, [], inDev)), time: time(4) },
    { room: DEV, author: BOB, seq: 1, hash: hashIn(heard(1, inDev)), time: time(1) },
  ]);
});

test("an own entry waits for each recipient until a receipt or a failure", () => {
  const store = open();
  store.commit([own(1, [BOB, CAROL]), own(2, [BOB]), own(3, [BOB])]);

  store.commit([
    { kind: "receipt", room: LOBBY, seq: 1, by: BOB, wallMs: 9.25 },
    { kind: "failure", room: LOBBY, seq: 3, by: BOB, reason: "too long" },
  ]);

  expect(store.restore().chat.waiting).toEqual([
    { peer: BOB, count: 1 },
    { peer: CAROL, count: 1 },
  ]);
  expect(outbox(store, BOB)).toEqual([2]);
  expect(outbox(store, CAROL)).toEqual([1]);
});

test("a receipt of somebody else's entry of the same number takes nothing from the outbox", () => {
  const store = open();
  store.commit([heard(7), own(7, [BOB], { room: DEV })]);

  store.commit([{ kind: "receipt", room: LOBBY, seq: 7, by: BOB, wallMs: 1 }]);

  expect(outbox(store, BOB)).toEqual([7]);
});

test("the outbox is read in the order of making, from a position and so many at once", () => {
  const store = open();
  store.commit([own(1, [BOB]), own(1, [BOB], { room: DEV }), heard(1), own(2, [BOB, CAROL])]);

  const first = outboxRows(store, BOB, 0, 2);
  const after = first.at(-1)?.position ?? Number.NaN;
  const rest = outboxRows(store, BOB, after, 2);

  expect(first.map((row) => row.run.room)).toEqual([LOBBY, DEV]);
  expect(rest.map(({ run: { seq } }) => seq)).toEqual([2]);
  expect(rest.map(({ bytes }) => decodeRun(bytes))).toEqual(rest.map(({ run }) => run));
});

test("repeating writes changes nothing, also after their receipts", () => {
  const file = fileIn(scratch());
  const store = open(file);
  const writes = [
    own(1, [BOB, CAROL]),
    heard(1),
    { kind: "receipt", room: LOBBY, seq: 1, by: BOB, wallMs: 9 } as const,
    { kind: "failure", room: LOBBY, seq: 1, by: CAROL, reason: "no" } as const,
    { kind: "server", name: "a:1", noiseKey: hash(1), isGiven: false } as const,
  ];

  store.commit(writes);
  const before = store.restore();
  store.commit(writes);

  expect(store.restore()).toEqual(before);
  expect(before.chat.waiting).toEqual([]);
});

test("a server's key is kept under the typed name, and only a given one replaces it", () => {
  const store = open();
  const name = "example.org:3478";

  store.commit([{ kind: "server", name, noiseKey: hash(1), isGiven: false }]);
  store.commit([{ kind: "server", name, noiseKey: hash(2), isGiven: false }]);
  const learnt = store.serverKey(name);
  store.commit([{ kind: "server", name, noiseKey: hash(3), isGiven: true }]);

  expect(learnt).toEqual(hash(1));
  expect(store.serverKey(name)).toEqual(hash(3));
  expect(store.serverKey("example.org:3479")).toBeUndefined();
});

test("a new identity in an old database writes, and sends nothing that is not its own", () => {
  const file = fileIn(scratch());
  open(file).commit([own(1, [BOB, CAROL]), own(2, [BOB])]);

  const store = reopen(file, DAVE);
  const ok = store.commit([own(1, [BOB], { author: DAVE })]);
  const waiting = store.restore().chat.waiting;
  const rows = outboxRows(store, BOB, 0, 9);
  store.commit([{ kind: "receipt", room: LOBBY, seq: 1, by: BOB, wallMs: 1 }]);

  expect(ok).toBe(true);
  expect(waiting).toEqual([{ peer: BOB, count: 1 }]);
  expect(rows.map(({ run: { author, seq } }) => [author, seq])).toEqual([[DAVE, 1]]);
  expect(store.restore().chat.waiting).toEqual([]);
  expect(reopen(file).restore().chat.waiting).toEqual([
    { peer: BOB, count: 2 },
    { peer: CAROL, count: 1 },
  ]);
});

test("a database of the first schema is brought up, with every entry as a run of one", () => {
  const file = fileIn(scratch());
  const before = new Database(file, { create: true });
  migrate(before, 1);
  const insert = before.query("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const odd = {
    body: Uint8Array.of(0, 0xc3, 0xbf, 10),
    time: { wallMs: 2 ** 48 - 1, tick: 65_535 },
  };
  const mine = entry(7, { author: ANN, ...odd });
  for (const [i, old] of [mine, entry(3)].entries()) {
    const { room, author, seq, previous, time, type, body } = old;
    const ids = [idBytes(room), idBytes(author)] as const;
    const isOwn = Number(author === ANN);
    const values = [time.wallMs, time.tick, type, body, sha256(encodeLone(old)), isOwn] as const;
    insert.run(i + 5, ...ids, seq, previous, ...values);
  }
  before.query("INSERT INTO outbox VALUES (?, 5)").run(idBytes(BOB));
  before.query("INSERT INTO receipts VALUES (?, 7, ?, 9)").run(idBytes(LOBBY), idBytes(CAROL));
  before.close();

  const store = open(file);
  const loaded = store.load({ kind: "outbox", peer: BOB, after: 0, limit: 9 });
  const [row] = loaded.kind === "outbox" ? loaded.rows : [];
  const { heads, waiting } = store.restore().chat;
  store.commit([{ kind: "receipt", room: LOBBY, seq: 7, by: BOB, wallMs: 1 }, heard(4)]);

  expect(row?.bytes).toEqual(encodeLone(mine));
  expect(heads.map(({ author, seq, hash: of }) => [author, seq, of])).toEqual([
    [ANN, 7, sha256(encodeLone(mine))],
    [BOB, 3, hashIn(heard(3))],
  ]);
  expect(waiting).toEqual([{ peer: BOB, count: 1 }]);
  expect(store.restore().chat.waiting).toEqual([]);
  const db = new Database(file, { readonly: true });
  const receipts = db.query("SELECT author, seq, peer, wall_ms FROM receipts").values();
  db.close();
  expect(receipts).toEqual([
    [idBytes(ANN), 7, idBytes(BOB), 1],
    [idBytes(ANN), 7, idBytes(CAROL), 9],
  ]);
});

test("a run is stored, shown and settled entry by entry, and waits as one", () => {
  const file = fileIn(scratch());
  const store = open(file);
  store.commit([own(1, [BOB]), heardRun(1, 4)]);
  store.commit([heardRun(5, 6), heardRun(5, 6)]);

  for (let i = 0; i < 3; i++) store.shown.one();
  const first = reopen(file);
  const before = first.restore().chat;
  for (let i = 0; i < 2; i++) first.shown.one();
  first.commit([heard(7)]);
  const after = reopen(file).restore().chat;

  expect(before.unshown.map(({ seq }) => seq)).toEqual([4, 5, 6]);
  expect(after.unshown.map(({ seq }) => seq)).toEqual([6, 7]);
  const places = [before, after].map(({ shown }) => shown.map(({ room, seq }) => [room, seq]));
  expect(places).toEqual([[[LOBBY, 3]], [[LOBBY, 5]]]);
  expect(after.heads.map(({ seq, hash: of }) => [seq, of])).toEqual([
    [1, hashIn(own(1, []))],
    [7, hashIn(heard(7))],
  ]);
});

test("cards come back in the order in which their owners were last met", () => {
  const file = fileIn(scratch());
  const card = (peer: PeerId, byte: number, wallMs: number) =>
    ({ kind: "card", peer, card: Uint8Array.of(byte), trust: "known", wallMs }) as const;

  open(file).commit([card(ANN, 1, 10), card(BOB, 2, 20), card(CAROL, 3, 30), card(ANN, 1, 40)]);

  expect(
    reopen(file)
      .restore()
      .people.map(({ card: [byte] }) => byte),
  ).toEqual([2, 3, 1]);
});

test("a card changes nothing of what was thought, and a judgement comes with its card", () => {
  const file = fileIn(scratch());
  const of = (byte: number) => ({ peer: BOB, card: Uint8Array.of(byte), wallMs: byte });
  const people = () => reopen(file).restore().people;

  open(file).commit([{ kind: "card", ...of(1), trust: "new" }]);
  const named = people();
  open(file).commit([{ kind: "card", ...of(2), trust: "known" }]);
  const met = people();
  open(file).commit([{ kind: "trust", ...of(3), trust: "changed", isBlocked: false }]);
  open(file).commit([{ kind: "card", ...of(4), trust: "known" }]);

  expect(named).toMatchObject([{ card: Uint8Array.of(1), trust: "new" }]);
  expect(met).toMatchObject([{ card: Uint8Array.of(2), trust: "known", lastSeenMs: 2 }]);
  expect(people()).toMatchObject([{ card: Uint8Array.of(4), trust: "changed" }]);
  open(file).commit([{ kind: "trust", ...of(5), trust: "known", isBlocked: true }]);
  expect(people()).toMatchObject([
    { card: Uint8Array.of(5), trust: "known", isBlocked: true, lastSeenMs: 4 },
  ]);
});

test("what was heard and not marked is unshown in the next run, in the order of arrival", () => {
  const file = fileIn(scratch());
  const store = open(file);
  store.commit([heard(1)]);
  markAll(store);

  store.commit([heard(3), own(1, []), heard(2)]);
  const { unshown, shown } = reopen(file).restore().chat;

  expect(unshown.map(({ seq }) => seq)).toEqual([3, 2]);
  const last = ANN > BOB ? ANN : BOB;
  expect(shown).toMatchObject([{ room: LOBBY, author: last, seq: 1 }]);
});

test("what was heard is marked entry by entry, in this run and in the next", () => {
  const file = fileIn(scratch());
  const store = open(file);
  store.commit([heard(1), own(1, [])]);
  store.commit([heard(2), heard(3), heard(4)]);

  store.shown.one();
  store.shown.one();
  const next = reopen(file);
  const { unshown } = next.restore().chat;
  next.shown.one();
  const later = reopen(file).restore().chat.unshown;

  expect(unshown.map(({ seq }) => seq)).toEqual([3, 4]);
  expect(later.map(({ seq }) => seq)).toEqual([4]);
});

test.each([
  ["missing", undefined],
  ["empty", new Uint8Array(0)],
  ["cut short", new Uint8Array(9)],
  ["of zeros", new Uint8Array(32)],
  ["damaged", new Uint8Array(32).fill(24)],
  ["ahead", new Uint8Array(BigUint64Array.of(24n, 0x5a39_0000_0000_0063n, 0n, 10n).buffer)],
])("a mark that is %s counts as all shown, and then goes on", (_what, bytes) => {
  const file = fileIn(scratch());
  open(file).commit([heard(1), heard(2)]);
  stores.pop()?.close();
  const mark = join(dirname(file), "shown");
  if (bytes === undefined) Bun.spawnSync(["rm", mark]);
  else writeFileSync(mark, bytes);

  const after = open(file).restore().chat.unshown;
  reopen(file).commit([heard(3)]);
  const later = reopen(file).restore().chat.unshown;

  expect(after).toEqual([]);
  expect(later.map(({ seq }) => seq)).toEqual([3]);
});

test.skipIf(!isLinux)(`what was heard is marked with its line feed${why}`, () => {
  const file = fileIn(scratch());
  const store = open(file);
  store.commit([heard(1), own(1, []), heard(2)]);
  const fd = openSync("/dev/null", "w");

  const answers = [1, 2, 3].map(() => store.shown.oneWithLineFeed(fd));
  closeSync(fd);

  expect(answers).toEqual([true, true, false]);
  expect(reopen(file).restore().chat.unshown).toEqual([]);
});

test("what was rolled back is not taken for shown", () => {
  const file = fileIn(scratch());
  const store = open(file);
  const other = new Database(file);

  other.run("BEGIN IMMEDIATE");
  const refused = store.commit([heard(1), heard(2)]);
  markAll(store);
  other.run("ROLLBACK");
  other.close();
  store.commit([heard(1)]);

  expect(refused).toBe(false);
  expect(
    reopen(file)
      .restore()
      .chat.unshown.map(({ seq }) => seq),
  ).toEqual([1]);
});

test("a disk that does not take is logged once, and again when it does", () => {
  const file = fileIn(scratch());
  const lines: LogEvent[] = [];
  const store = open(file, (line) => lines.push(line));
  const other = new Database(file);

  other.run("BEGIN IMMEDIATE");
  const refused = [store.commit([heard(1)]), store.commit([heard(1)])];
  other.run("ROLLBACK");
  other.close();
  const taken = [store.commit([heard(1)]), store.commit([heard(2)])];

  expect([refused, taken]).toEqual([
    [false, false],
    [true, true],
  ]);
  expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    "error cannot store",
    "info can store again",
  ]);
  expect(lines[0]?.fields).toEqual({ file, code: "SQLITE_BUSY", reason: "database is locked" });
});

test("a full disk refuses the whole turn and takes the next", () => {
  const directory = scratch();
  const script = `
    const { Store } = await import("../../lib/io/store.ts");
    const { ANN, heard } = await import("./support/entries.ts");
    const store = Store.open(${JSON.stringify(fileIn(directory))}, ANN);
    const body = new Uint8Array(60_000);
    const oks = [];
    for (let i = 1; i <= 40; i++) {
      oks.push(store.commit([heard(2 * i), heard(2 * i + 1, { body })]));
    }
    console.log(JSON.stringify({ oks, seqs: store.restore().chat.unshown.map((e) => e.seq) }));
  `;

  // The shell's limit, in blocks of 512 or 1024 bytes, makes writes fail as a full disk does.
  const run = Bun.spawnSync(
    ["sh", "-c", `trap '' XFSZ; ulimit -f 1000; exec "$0" -e "$1"`, process.execPath, script],
    { cwd: import.meta.dir },
  );
  const { oks, seqs } = JSON.parse(run.stdout.toString()) as { oks: boolean[]; seqs: number[] };

  expect(oks).toContain(true);
  expect(oks).toContain(false);
  expect(seqs).toEqual(oks.flatMap((ok, i) => (ok ? [2 * i + 2, 2 * i + 3] : [])));
});

test.each([0o000, 0o022, 0o277])("its files are this user's alone under umask %o", (umask) => {
  const directory = scratch();

  withUmask(umask, () => open(fileIn(directory)).commit([heard(1)]));

  const modes = readdirSync(directory).map((name) => `${name} ${modeOf(join(directory, name))}`);
  expect(modes.toSorted()).toEqual([
    "p2pchat.db 600",
    "p2pchat.db-shm 600",
    "p2pchat.db-wal 600",
    "shown 600",
  ]);
});

test("a newer program's database is refused and left as it is", () => {
  const file = fileIn(scratch());
  open(file).commit([heard(1)]);
  stores.pop()?.close();
  const db = new Database(file);
  db.run("PRAGMA user_version = 99");
  db.close();

  expect(() => open(file)).toThrow(
    `Cannot use ${file}: a newer p2pchat has written it (schema 99, this program knows `,
  );
});

test.each([
  ["no database", (file: string) => writeFileSync(file, "Dear diary, ".repeat(100))],
  ["half a database", (file: string) => truncateSync(file, 4096 * 3)],
  ["a database of something else", (file: string) => alter(file, "CREATE TABLE rooms (a)")],
  ["one with a column too short", (file: string) => alter(file, "UPDATE runs SET hash = x'00'")],
])("%s is refused in words", (what, spoil) => {
  const file = fileIn(scratch());
  if (!what.startsWith("no ") && !what.startsWith("a ")) {
    open(file).commit([heard(1)]);
    stores.pop()?.close();
  }

  spoil(file);

  expect(() => open(file).restore()).toThrow(`Cannot use ${file}: `);
});

test("a symbolic link in the database's place is refused", () => {
  const directory = scratch();
  symlinkSync(join(directory, "elsewhere"), fileIn(directory));

  expect(() => open(fileIn(directory))).toThrow("it is a symbolic link");
  expect(readdirSync(directory)).toEqual(["p2pchat.db"]);
});

test("whenever it is killed, what was heard is shown in this run or in the next", async () => {
  const directory = scratch();
  const shown: number[] = [];

  for (let round = 0; round < 10; round++) {
    const child = Bun.spawn([process.execPath, READER, directory], { stdout: "pipe" });
    const before = shown.length;
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.endsWith("\n") && text.length > 20 + 7 * round) child.kill("SIGKILL");
    }
    await child.exited;
    shown.push(...text.split("\n").slice(0, -1).map(Number));
    expect(shown.length).toBeGreaterThan(before);
  }
  const store = open(fileIn(directory));
  const { heads, unshown } = store.restore().chat;
  shown.push(...unshown.map(({ seq }) => seq));

  const all = Array.from({ length: heads[0]?.seq ?? 0 }, (_, i) => i + 1);
  expect([...new Set(shown)]).toEqual(all);
  if (isLinux) expect(shown.length).toBe(all.length);
});

function alter(file: string, sql: string): void {
  const db = new Database(file);
  db.run(sql);
  db.close();
}
