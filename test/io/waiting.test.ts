import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { envelopeIdOf, type PeerId, type RoomId } from "../../lib/base/ids.ts";
import { PAGE_BYTES_MAX, type Waiting } from "../../lib/chat/history.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { directRoom } from "../../lib/chat/rooms.ts";
import { Store } from "../../lib/io/store.ts";
import type { Write } from "../../lib/node/machine.ts";
import { type Content, encodeContent } from "../../lib/wire/content.ts";
import type { EntryContent } from "../../lib/wire/entry.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, CAROL, DAVE, DEV, hash, LOBBY } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const stores: Store[] = [];

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

/** Ann's, in which she has written what follows. */
function stage(me = ANN, file = join(scratch(), "p2pchat.db")) {
  const store = Store.open(file, me);
  stores.push(store);
  const chronicle = new Chronicle();
  const write = (
    room: RoomId,
    recipients: readonly PeerId[],
    contents: readonly EntryContent[],
  ): void => {
    const run = chronicle.run(ANN, contents, room);
    store.commit([{ kind: "own", ...run, recipients }]);
  };
  const waiting = (limit = 50): Waiting => {
    const loaded = store.load({ kind: "waiting", limit });
    if (loaded.kind !== "waiting" || loaded.step !== "page") throw new Error("It cannot be read");
    return loaded;
  };
  return { store, file, write, waiting };
}

const receipt = (room: RoomId, seq: number, by: PeerId): Write => {
  return { kind: "receipt", room, seq, by, wallMs: 1 };
};

test("what waits is told with for whom, until all have answered", () => {
  const { store, write, waiting } = stage();
  store.commit([{ kind: "room", room: LOBBY, name: "#lobby", joined: true }]);
  write(LOBBY, [BOB, CAROL], [said("to both", 1000)]);
  write(directRoom(ANN, BOB), [BOB], [said("to bob", 1001), said("again", 1002)]);
  store.commit([receipt(LOBBY, 1, CAROL)]);

  const before = waiting();
  store.commit([receipt(LOBBY, 1, BOB)]);
  const after = waiting();

  const [first, second] = before.messages;
  expect(before.messages.map(({ text }) => text)).toEqual(["to both", "to bob", "again"]);
  expect(first).toMatchObject({
    id: messageId(LOBBY, ANN, 1),
    where: { kind: "room", name: "#lobby" },
    time: { wallMs: 1000 },
  });
  const states = first?.states?.map(({ by, state }) => `${by.slice(0, 2)} ${state}`);
  expect(states?.toSorted()).toEqual(["bb queued", "cc delivered"]);
  expect(second?.where).toEqual({ kind: "direct", peer: BOB });
  expect(before.more).toBe(0);
  expect(after.messages.map(({ text }) => text)).toEqual(["to bob", "again"]);
});

test("of many the oldest are told, and how many there are besides", () => {
  const { write, waiting } = stage();
  for (let i = 0; i < 5; i++) {
    write(LOBBY, [BOB], [said(`a${i}`, 1000 + 2 * i), said(`b${i}`, 1001 + 2 * i)]);
  }

  const some = waiting(3);

  expect(some.messages.map(({ text }) => text)).toEqual(["a0", "b0", "a1"]);
  expect(some.more).toBe(7);
});

test("what was said of a message is no further one", () => {
  const { write, waiting } = stage();
  write(LOBBY, [BOB], [said("one", 1), about({ kind: "edit", seq: 1, text: "uno" }, 2)]);
  write(LOBBY, [BOB], [said("two", 3), said("three", 4)]);
  write(LOBBY, [BOB], [about({ kind: "delete", seq: 4 }, 5)]);
  const to = { author: ANN, seq: 1 };
  write(LOBBY, [BOB], [about({ kind: "reaction", to, emoji: "+1", isOn: true }, 6)]);

  const some = waiting(1);

  expect(some.messages.map(({ text }) => text)).toEqual(["uno"]);
  expect(some.more).toBe(1);
});

test("what was said in a private room that was left waits for nobody, until one is back", () => {
  const { store, write, waiting } = stage();
  const open = { room: LOBBY, name: "#lobby" };
  const secret = { room: DEV, name: "#dev", proofKey: new Uint8Array(32) };
  for (const room of [open, secret]) store.commit([{ kind: "room", ...room, joined: true }]);
  for (const { room, name } of [open, secret]) write(room, [BOB], [said(`in ${name}`, 1000)]);
  const texts = () => waiting().messages.map(({ text }) => text);

  store.commit([
    { kind: "room", ...open, joined: false },
    { kind: "room", ...secret, proofKey: new Uint8Array(0), joined: false },
  ]);
  const [left, count] = [texts(), counted(store).get(BOB)?.count];
  store.commit([{ kind: "room", ...secret, joined: true }]);

  expect([left, count]).toEqual([["in #lobby"], 1]);
  expect([texts(), counted(store).get(BOB)?.count]).toEqual([["in #lobby", "in #dev"], 2]);
});

test("a page ends where its texts are as long as one may be", () => {
  const { write, waiting } = stage();
  const long = "x".repeat(65_536);
  for (let i = 0; i < 20; i++) write(LOBBY, [BOB], [said(long, 1000 + i)]);

  const some = waiting();

  expect(some.messages).toHaveLength(PAGE_BYTES_MAX / long.length);
  expect(some.more).toBe(20 - some.messages.length);
});

test("what nobody can show is left out, and so is what an earlier identity said", () => {
  const { write, waiting, file } = stage();
  write(LOBBY, [BOB], [{ ...said("?", 1000), type: 99 }, said("plain", 1001)]);

  const mine = waiting();
  const others = stage(CAROL, file).waiting();

  expect(mine.messages.map(({ text }) => text)).toEqual(["plain"]);
  expect(mine.more).toBe(0);
  expect(others).toMatchObject({ messages: [], more: 0 });
});

/** Says something of another entry. */
function about(content: Content, wallMs: number): EntryContent {
  return { time: { wallMs, tick: 0 }, ...encodeContent(content) };
}

const counted = (store: Store) => {
  const loaded = store.load({ kind: "counts" });
  if (loaded.kind !== "counts" || loaded.step !== "counted") throw new Error("It cannot be read");
  return new Map(loaded.counts.map(({ peer, ...counts }) => [peer, counts]));
};

test("counted are messages that wait, not what was said of them, nor what was taken back", () => {
  const { store, write } = stage();
  write(LOBBY, [BOB, CAROL], [said("one", 1), about({ kind: "edit", seq: 1, text: "uno" }, 2)]);
  write(LOBBY, [BOB], [said("two", 3), said("three", 4)]);
  write(LOBBY, [BOB], [about({ kind: "delete", seq: 4 }, 5)]);
  const to = { author: ANN, seq: 1 };
  write(LOBBY, [BOB, DAVE], [about({ kind: "reaction", to, emoji: "+1", isOn: true }, 6)]);

  expect(counted(store)).toEqual(
    new Map([
      [BOB, { count: 2, held: 0, holders: [] }],
      [CAROL, { count: 1, held: 0, holders: [] }],
    ]),
  );
});

test("of what waits it is counted how much others hold, once however many they are", () => {
  const { store, write } = stage();
  const room = directRoom(ANN, BOB);
  write(room, [BOB], [said("held", 1)]);
  write(room, [BOB], [about({ kind: "edit", seq: 1, text: "held by two" }, 2)]);
  write(LOBBY, [BOB], [said("not held", 3)]);
  const trust = (holder: PeerId, seq: number, id: number): Write => {
    const runs = [{ seq, entries: 1 }];
    const people = { holder, recipient: BOB };
    return { kind: "entrusted", id: envelopeIdOf(hash(id)), ...people, room, runs, wallMs: 1 };
  };
  store.commit([trust(CAROL, 1, 1), trust(DAVE, 1, 2), trust(ANN, 2, 3)]);

  const counts = counted(store).get(BOB);

  expect(counts).toMatchObject({ count: 2, held: 1 });
  expect(counts?.holders.toSorted()).toEqual([CAROL, DAVE]);
});
