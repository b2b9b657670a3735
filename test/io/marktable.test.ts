import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { idBytes, type PeerId } from "../../lib/base/ids.ts";
import { UNREAD_MAX } from "../../lib/chat/reading.ts";
import type { ChatQuery, Unread } from "../../lib/chat/records.ts";
import { migrate } from "../../lib/io/schema.ts";
import { RECOUNTED_MAX } from "../../lib/io/marktable.ts";
import type { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { type Content, encodeContent } from "../../lib/wire/content.ts";
import { Prng } from "../sim/prng.ts";
import { MemoryStore } from "../support/memorystore.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, DAVE, DEV, LOBBY, markAll } from "./support/entries.ts";
import { closeAll, open } from "./support/opened.ts";
import { scratch } from "./support/scratch.ts";

function unread(store: Store, room = LOBBY): Unread {
  const loaded = store.load({ kind: "unread", room });
  const [only] = loaded.kind === "unread" ? loaded.rooms : [];
  if (only === undefined) throw new Error("A room is told when it is asked for");
  return only;
}

function texts(chronicle: Chronicle, author: PeerId, count: number, room = LOBBY): Write[] {
  return Array.from({ length: count }, (_, i) => {
    return { kind: "heard", ...chronicle.run(author, [said(`text ${i}`, 1000 + i)], room) };
  });
}

function mark(author: PeerId, seq: number, room = LOBBY): Write {
  return { kind: "mark", room, author, seq };
}

const blocked = (peer: PeerId, isBlocked: boolean): Write => {
  return { kind: "trust", peer, card: new Uint8Array(1), trust: "known", isBlocked, wallMs: 1 };
};

test("what others say is unread until it is read, room by room", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit([...texts(chronicle, BOB, 3), ...texts(chronicle, CAROL, 2, DEV)]);
  store.commit([{ kind: "own", ...chronicle.run(ANN, [said("mine", 9)]), recipients: [] }]);
  const before = [unread(store), unread(store, DEV)];

  store.commit([mark(BOB, 2)]);

  expect(before).toEqual([
    { room: LOBBY, count: 3, upTo: undefined },
    { room: DEV, count: 2, upTo: undefined },
  ]);
  expect(unread(store)).toEqual({ room: LOBBY, count: 1, upTo: { author: BOB, seq: 2 } });
  expect(unread(store, DEV).count).toBe(2);
});

test("a mark goes forward alone, and none is made by what is not held", () => {
  const store = open();
  store.commit(texts(new Chronicle(), BOB, 3));
  store.commit([mark(BOB, 2)]);

  store.commit([mark(BOB, 1), mark(BOB, 4), mark(CAROL, 1)]);

  expect(unread(store)).toEqual({ room: LOBBY, count: 1, upTo: { author: BOB, seq: 2 } });
});

test("the count outlives the program, and a commit that fails counts nothing", () => {
  const file = join(scratch(), "p2pchat.db");
  const first = open(file);
  const chronicle = new Chronicle();
  first.commit(texts(chronicle, BOB, 3));
  const [more] = texts(chronicle, BOB, 1);
  const broken = { ...more, kind: "heard", hash: null } as unknown as Write;
  expect(() => first.commit([...texts(chronicle, CAROL, 1), broken])).toThrow();
  closeAll();

  expect(unread(open(file)).count).toBe(3);
});

test("of more than are counted it is as many, until fewer are left", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit(texts(chronicle, BOB, UNREAD_MAX + 500));
  store.commit(texts(chronicle, BOB, 100));
  const all = unread(store).count;

  store.commit([mark(BOB, 100)]);
  const many = unread(store).count;
  store.commit([mark(BOB, UNREAD_MAX + 590)]);

  expect([all, many, unread(store).count]).toEqual([UNREAD_MAX, UNREAD_MAX, 10]);
});

test("an older database comes up with all of it read", () => {
  const file = join(scratch(), "p2pchat.db");
  const before = new Database(file, { create: true });
  migrate(before, 14);
  const insert = before.query("INSERT INTO runs VALUES (?, ?, ?, ?, 1, ?, ?, ?, 0, 0)");
  const chronicle = new Chronicle();
  for (const wallMs of [1, 2, 3]) {
    const { run, bytes, hash } = chronicle.run(BOB, [said("old", wallMs)]);
    insert.run(wallMs, idBytes(LOBBY), idBytes(BOB), run.seq, bytes, hash, wallMs);
  }
  before.close();

  const store = open(file);

  expect(unread(store)).toEqual({ room: LOBBY, count: 0, upTo: undefined });
  const loaded = store.load({ kind: "marks", chains: [{ room: LOBBY, author: BOB }] });
  expect(loaded).toEqual({
    kind: "marks",
    marks: [{ room: LOBBY, author: BOB, seq: 3, isAll: true }],
  });
});

test("what was taken back and what nobody is shown is not unread", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit([...texts(chronicle, BOB, 3), ...texts(chronicle, CAROL, 2)]);

  store.commit([{ kind: "heard", ...chronicle.run(BOB, [deleting(2)]) }]);
  const afterDelete = unread(store).count;
  store.commit([blocked(CAROL, true)]);
  const whileBlocked = unread(store).count;
  store.commit(texts(chronicle, CAROL, 1));
  store.commit([blocked(CAROL, false)]);

  expect([afterDelete, whileBlocked, unread(store).count]).toEqual([4, 2, 5]);
});

test("behind very much that is not shown, or was taken back, what is unread is counted", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit(texts(chronicle, BOB, UNREAD_MAX));
  store.commit(texts(chronicle, CAROL, UNREAD_MAX));
  store.commit(texts(chronicle, DAVE, 3));
  store.commit([blocked(BOB, true)]);
  const withoutBob = unread(store).count;
  const deletes = Array.from({ length: UNREAD_MAX }, (_, i): Write => {
    return { kind: "heard", ...chronicle.run(CAROL, [deleting(i + 1)]) };
  });
  store.commit(deletes);

  expect([withoutBob, unread(store).count]).toEqual([UNREAD_MAX, 3]);
});

test("so much is looked at when it is counted anew, and no more", () => {
  const store = open();
  const chronicle = new Chronicle();
  const noise = Array.from({ length: RECOUNTED_MAX / 4 }, (): Write => {
    return { kind: "heard", ...chronicle.run(BOB, Array.from({ length: 4 }, reacting)) };
  });
  store.commit(noise);
  store.commit(texts(chronicle, CAROL, 2));
  const counted = unread(store).count;

  store.commit([{ kind: "heard", ...chronicle.run(CAROL, [deleting(1)]) }]);

  expect([counted, unread(store).count]).toEqual([2, 0]);
});

test("what a room is not to keep is not unread any more", () => {
  const store = open();
  store.commit(texts(new Chronicle(), BOB, 30));
  markAll(store);
  store.commit([{ kind: "retention", room: LOBBY, keep: { kind: "count", messages: 5 } }]);

  while (store.tend());

  expect(unread(store).count).toBe(5);
});

test("an author is read below the first entry that is not, and no further than held", () => {
  const store = open();
  const chronicle = new Chronicle();
  const runs = texts(chronicle, BOB, 10);
  store.commit(runs.slice(5));
  const chains = [{ room: LOBBY, author: BOB }];
  const seqs: [seq: number, isAll: boolean][] = [];
  const look = (): void => {
    const loaded = store.load({ kind: "marks", chains });
    for (const { seq, isAll } of loaded.kind === "marks" ? loaded.marks : []) {
      seqs.push([seq, isAll]);
    }
  };
  look();
  store.commit([mark(BOB, 8)]);
  look();
  store.commit([mark(BOB, 10)]);
  look();
  store.commit(runs.slice(2, 5));
  look();
  store.commit([mark(BOB, 4)]);
  look();
  store.commit([mark(BOB, 5)]);
  look();

  expect(seqs).toEqual([
    [0, false],
    [8, false],
    [10, true],
    [0, false],
    [4, false],
    [10, true],
  ]);
});

test("beyond what is looked at, an author's own chain says how far it is read", () => {
  const store = open();
  const chronicle = new Chronicle();
  store.commit(texts(chronicle, CAROL, 3));
  store.commit(texts(chronicle, BOB, 400));
  store.commit(texts(chronicle, CAROL, 2));
  store.commit([mark(BOB, 10)]);

  const chains = [BOB, CAROL, DAVE].map((author) => ({ room: LOBBY, author }));

  expect(store.load({ kind: "marks", chains })).toEqual({
    kind: "marks",
    marks: [
      { room: LOBBY, author: BOB, seq: 10, isAll: false },
      { room: LOBBY, author: CAROL, seq: 3, isAll: false },
      { room: LOBBY, author: DAVE, seq: 0, isAll: false },
    ],
  });
});

test("the disk counts as one does that looks at everything", () => {
  for (let seed = 1; seed <= 4; seed++) {
    const prng = new Prng(seed, "marks");
    const [store, memory] = [open(), new MemoryStore()];
    const waiting = history(prng);
    while (waiting.length > 0) {
      const writes = waiting.splice(0, 1 + prng.below(4));
      const read = writes.find(({ kind }) => kind === "heard");
      if (read?.kind === "heard" && prng.chance(0.5)) {
        const { room, author, seq } = read.run;
        writes.push(mark(author, seq, room));
      }
      if (prng.chance(0.1)) writes.push(blocked(pick(prng, [BOB, CAROL]), prng.chance(0.5)));
      store.commit(writes);
      memory.commit(writes);
      for (const query of QUESTIONS) {
        expect(sorted(store.load(query))).toEqual(sorted(memory.load(query)));
      }
    }
  }
});

const AUTHORS = [BOB, CAROL, DAVE];
const ROOMS = [LOBBY, DEV];
const QUESTIONS: readonly ChatQuery[] = [
  { kind: "unread", room: undefined },
  ...ROOMS.map((room) => ({ kind: "unread", room }) as const),
  { kind: "marks", chains: ROOMS.flatMap((room) => AUTHORS.map((author) => ({ room, author }))) },
];

/** Runs of all three, in an order that is not theirs: what came into gaps is among them. */
function history(prng: Prng): Write[] {
  const chronicle = new Chronicle();
  const lengths = new Map<string, number>();
  const runs = Array.from({ length: 60 }, (_, i): Write => {
    const [author, room] = [pick(prng, AUTHORS), pick(prng, ROOMS)];
    const before = lengths.get(room + author) ?? 0;
    const contents = Array.from({ length: 1 + prng.below(3) }, (_entry, k) => {
      const isDelete = before > 0 && prng.chance(0.2);
      return isDelete ? deleting(1 + prng.below(before)) : said(`text ${i} ${k}`, 1000 + i, k);
    });
    lengths.set(room + author, before + contents.length);
    return { kind: "heard", ...chronicle.run(author, contents, room) };
  });
  for (let i = runs.length - 1; i > 0; i--) {
    if (!prng.chance(0.4)) continue;
    const other = prng.below(i);
    const [a, b] = [runs[i], runs[other]];
    if (a !== undefined && b !== undefined) [runs[i], runs[other]] = [b, a];
  }
  return runs;
}

function deleting(seq: number) {
  const content: Content = { kind: "delete", seq };
  return { ...encodeContent(content), time: { wallMs: 2000 + seq, tick: 0 } };
}

function reacting() {
  const content: Content = {
    kind: "reaction",
    to: { author: BOB, seq: 1 },
    isOn: true,
    emoji: "👍",
  };
  return { ...encodeContent(content), time: { wallMs: 3000, tick: 0 } };
}

/** The order of rooms is nobody's business. */
function sorted(loaded: ReturnType<MemoryStore["load"]>): unknown {
  if (loaded.kind !== "unread") return loaded;
  return loaded.rooms.toSorted((a, b) => (a.room < b.room ? -1 : 1));
}

function pick<Item>(prng: Prng, items: readonly Item[]): Item {
  const item = items[prng.below(items.length)];
  if (item === undefined) throw new Error("Nothing to choose from");
  return item;
}
