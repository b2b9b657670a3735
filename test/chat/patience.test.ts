import { expect, test } from "bun:test";
import { peerIdOf, roomIdOf } from "../../lib/base/ids.ts";
import type { ChatStore } from "../../lib/chat/events.ts";
import { Journal } from "../../lib/chat/journal.ts";
import { Log } from "../../lib/chat/log.ts";
import { NOTHING_RESTORED } from "../../lib/chat/records.ts";
import { type Person, World } from "./world.ts";

const ROOM = roomIdOf(new Uint8Array(32).fill(1));
const BOB = peerIdOf(new Uint8Array(32).fill(2));

/** What a journal gathers while the disk takes `tookMs` for what comes first, at 0. */
function busy(tookMs: number): Journal {
  const journal = new Journal(new Log(NOTHING_RESTORED), new Map(), () => new Uint8Array(16));
  receipt(journal, 1);
  const first = journal.poll(0);
  if (first === undefined) throw new Error("What comes first waits for nothing");
  journal.take(tookMs, first.token);
  return journal;
}

function receipt(journal: Journal, seq: number): void {
  journal.note({ kind: "receipt", room: ROOM, seq, by: BOB, wallMs: 0 });
}

const seqsOf = (store: ChatStore | undefined) => {
  return store?.writes.map((write) => ("seq" in write ? write.seq : write.kind));
};

test("answers that come while the disk is busy share a store, as long as eight take", () => {
  const journal = busy(2);
  receipt(journal, 2);
  const early = journal.poll(3);
  receipt(journal, 3);

  expect(early).toBeUndefined();
  expect(journal.pollTimeout()).toBe(18);
  expect(journal.poll(17.9)).toBeUndefined();
  expect(seqsOf(journal.poll(18))).toEqual([2, 3]);
});

test("nobody waits longer for a slow disk than for a while", () => {
  const journal = busy(500);
  receipt(journal, 2);

  expect(journal.pollTimeout()).toBe(550);
});

test("where the disk has rested, an answer is stored at once", () => {
  const journal = busy(2);
  receipt(journal, 2);

  expect(seqsOf(journal.poll(1000))).toEqual([2]);
});

test("anything else waits for nothing, and takes along in order what waits", () => {
  const journal = busy(2);
  receipt(journal, 2);
  journal.note({ kind: "tried", peer: BOB });
  receipt(journal, 3);

  expect(seqsOf(journal.poll(3))).toEqual([2, "tried", 3]);
  expect(journal.pollTimeout()).toBe(Infinity);
});

test("whoever leaves waits for nothing any more", () => {
  const journal = busy(2);
  receipt(journal, 2);
  journal.hurry();
  const store = journal.poll(3);
  journal.take(5, store?.token ?? 0);
  receipt(journal, 3);

  expect(seqsOf(store)).toEqual([2]);
  expect(seqsOf(journal.poll(5))).toEqual([3]);
});

test("where no more are expected, an answer waits for nothing", () => {
  const journal = busy(2);
  receipt(journal, 2);
  journal.onAnswered();

  expect(seqsOf(journal.poll(3))).toEqual([2]);
});

test("the last of those who are to answer a message lets all of them be told", () => {
  const world = new World("ann", "bob", "carol");
  const [ann, bob, carol] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet("#lobby");
  ann.chat.send(world.now, { kind: "room", room }, "hello", null);
  world.drain(ann);
  work(world, ann, 2);
  for (const other of [bob, carol]) {
    world.stepNetwork(ann, other);
    while (world.stepDisk(other));
  }

  world.stepNetwork(bob, ann);
  const afterOne = ann.disk.length;
  world.stepNetwork(carol, ann);
  work(world, ann, 2);

  expect(afterOne).toBe(0);
  expect(ann.statuses("delivered").map(({ by }) => by)).toEqual([bob.id, carol.id]);
});

/** The disk takes so long for what it was asked to do. */
function work(world: World, person: Person, ms: number): void {
  world.now += ms;
  while (world.stepDisk(person));
}
