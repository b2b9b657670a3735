import { expect, test } from "bun:test";
import { messageId } from "../../lib/chat/messageid.ts";
import { openRoom, privateRoom } from "../../lib/chat/rooms.ts";
import { encodeChat, type ReadMark } from "../../lib/wire/chat.ts";
import { type Person, World } from "./world.ts";

const LOBBY = openRoom("#lobby");
/** More than the gap between two words of how far is read. */
const A_WHILE_MS = 1_000;

function trio(): { world: World; ann: Person; bob: Person; carol: Person } {
  const world = new World("ann", "bob", "carol");
  world.meet("#lobby");
  return { world, ann: world.person(0), bob: world.person(1), carol: world.person(2) };
}

function say(world: World, person: Person, ...texts: readonly string[]): void {
  for (const text of texts) {
    person.chat.send(world.now, { kind: "room", room: LOBBY }, text, text);
    world.drain(person);
  }
  world.settle();
}

/** The same, up to where the other one has it and the receipt is on its way. */
function receive(world: World, from: Person, to: Person, text: string): void {
  from.chat.send(world.now, { kind: "room", room: LOBBY }, text, text);
  world.drain(from);
  while (world.stepDisk(from));
  while (world.stepNetwork(from, to));
  while (world.stepDisk(to));
}

/** The word of how far somebody has read arrives, and what it asks of the disk is not done. */
function hear(world: World, from: Person, to: Person, seq: number): void {
  const bytes = encodeChat({ kind: "read", marks: [{ room: LOBBY, seq }] });
  to.chat.handleMessage(world.now, from.id, bytes);
  world.drain(to);
}

/** What each message of ann's was told to be read by, as `req by`. */
function readOf(world: World, person: Person): string[] {
  const names = new Map(world.people.map(({ id, name }) => [id, name]));
  return person.statuses("read").map(({ req, by }) => {
    return `${req} ${by === null ? null : names.get(by)}`;
  });
}

/** The words of how far is read that went from one to the other. */
function wordsTo(world: World, from: Person, to: Person): (readonly ReadMark[])[] {
  return world.messages.flatMap((sent) => {
    const isMeant = sent.from === from && sent.to === to && sent.message.kind === "read";
    return isMeant && sent.message.kind === "read" ? [sent.message.marks] : [];
  });
}

test("who reads a message tells its author, and nobody else", () => {
  const { world, ann, bob, carol } = trio();
  say(world, ann, "one", "two");
  say(world, carol, "three");

  world.read(bob, "two");

  expect(readOf(world, ann)).toEqual(["one bob", "two bob"]);
  expect(readOf(world, carol)).toEqual([]);
  expect(wordsTo(world, bob, ann)).toEqual([[{ room: LOBBY, seq: 2 }]]);
  expect(wordsTo(world, bob, carol)).toEqual([]);
});

test("of what is read in one sitting each author is told in one word", () => {
  const { world, ann, bob, carol } = trio();
  say(world, ann, ...Array.from({ length: 600 }, (_, i) => `ann ${i}`));
  say(world, carol, ...Array.from({ length: 400 }, (_, i) => `carol ${i}`));

  world.read(bob, "carol 399");

  expect(wordsTo(world, bob, ann)).toEqual([[{ room: LOBBY, seq: 600 }]]);
  expect(wordsTo(world, bob, carol)).toEqual([[{ room: LOBBY, seq: 400 }]]);
  expect(readOf(world, ann)).toHaveLength(600);
});

test("who reads line by line tells it a few times a second, and the last of it", () => {
  const { world, ann, bob } = trio();
  for (let i = 0; i < 50; i++) {
    say(world, ann, `text ${i}`);
    world.read(bob, `text ${i}`);
    world.pass(20);
  }
  world.pass(A_WHILE_MS);

  expect(wordsTo(world, bob, ann).length).toBeLessThanOrEqual(4);
  expect(wordsTo(world, bob, ann).at(-1)).toEqual([{ room: LOBBY, seq: 50 }]);
  expect(readOf(world, ann)).toHaveLength(50);
});

test("who shares nothing tells nobody, and their marks are kept all the same", () => {
  const { world, ann, bob } = trio();
  bob.sharesRead = false;
  world.restart(bob);
  world.connect(ann, bob);
  world.settle();
  say(world, ann, "one", "two");

  world.read(bob, "one");
  world.pass(A_WHILE_MS);

  expect(readOf(world, ann)).toEqual([]);
  expect(world.messages.some(({ message }) => message.kind === "read")).toBe(false);
  expect(bob.of("unread").at(-1)?.rooms).toEqual([
    { room: LOBBY, count: 1, upTo: { author: ann.id, seq: 1 } },
  ]);
});

test("what was read while its author was away is told when they meet, across restarts", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one");
  world.disconnect(ann, bob);
  world.read(bob, "one");
  world.restart(bob);
  world.restart(ann);

  world.connect(ann, bob);
  world.settle();

  expect(ann.statuses("read")).toMatchObject([{ id: messageId(LOBBY, ann.id, 1), by: bob.id }]);
  world.disconnect(ann, bob);
  world.connect(ann, bob);
  world.settle();
  expect(ann.statuses("read")).toHaveLength(1);
});

test("a word that was lost with its session is said again in the next", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one");
  const shown = bob.of("message").at(-1);
  if (shown === undefined) throw new Error("Nothing was shown");
  bob.chat.reading.mark(shown.entry, { id: shown.id, req: null });
  while (world.drain(bob) || world.stepDisk(bob)) if (wordsTo(world, bob, ann).length > 0) break;
  world.disconnect(ann, bob);

  world.connect(ann, bob);
  world.settle();

  expect(readOf(world, ann)).toEqual(["one bob"]);
});

test("what is not read is not told, and what comes later begins unread", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one", "two", "three");
  world.read(bob, "two");
  world.pass(A_WHILE_MS);
  say(world, ann, "four");

  expect(readOf(world, ann)).toEqual(["one bob", "two bob"]);
  world.read(bob, "four");
  expect(readOf(world, ann)).toEqual(["one bob", "two bob", "three bob", "four bob"]);
});

test("of two alone the other is told", () => {
  const { world, ann, bob } = trio();
  ann.chat.send(world.now, { kind: "direct", peer: bob.id }, "between us", "r1");
  world.drain(ann);
  world.settle();

  world.read(bob, "between us");

  expect(ann.statuses("read")).toMatchObject([{ req: "r1", by: bob.id, to: bob.id }]);
});

test("what is waiting for the reader does not count as read, whatever they say", () => {
  const { world, ann, bob } = trio();
  world.liars.add(bob);
  say(world, ann, "one");
  bob.store.refusing = true;
  say(world, ann, "two");

  world.inject(bob, ann, { kind: "read", marks: [{ room: LOBBY, seq: 2 }] });

  expect(ann.store.reads.get(LOBBY + bob.id)).toBe(1);
});

test("what comes after somebody has said how far they read is no part of that", () => {
  const { world, ann, bob } = trio();
  world.liars.add(bob);
  say(world, ann, "one");
  receive(world, ann, bob, "two");

  // That is asked of the disk before it is told of the word, and the receipt comes meanwhile.
  hear(world, bob, ann, 2);
  world.stepNetwork(bob, ann);
  world.settle();

  expect(ann.store.reads.get(LOBBY + bob.id)).toBe(1);
  world.read(bob, "two");
  expect(readOf(world, ann)).toEqual(["one bob", "two bob"]);
});

test("what comes while our disk refuses what others have read is no part of that", () => {
  const { world, ann, bob } = trio();
  world.liars.add(bob);
  say(world, ann, "one");
  receive(world, ann, bob, "two");
  ann.store.refusing = true;
  hear(world, bob, ann, 2);
  while (world.stepDisk(ann));
  ann.store.refusing = false;

  world.settle();
  world.pass(5_000);

  const delivered = ann.statuses("delivered").filter(({ req }) => req === "two");
  expect(delivered.map(({ by }) => by)).toContain(bob.id);
  expect(ann.store.reads.get(LOBBY + bob.id)).toBe(1);
});

test("a read beyond the end of the chain, or of another room, is ignored", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one");
  const dev = ann.chat.join(world.now, "#dev");
  if (dev === undefined) throw new Error("There are too many rooms");
  ann.chat.send(world.now, { kind: "room", room: dev }, "alone", null);
  world.settle();

  world.inject(bob, ann, { kind: "read", marks: [{ room: LOBBY, seq: 2 }] });
  world.inject(bob, ann, { kind: "read", marks: [{ room: dev, seq: 1 }] });

  expect(ann.statuses("read")).toEqual([]);
  expect(ann.store.reads.size).toBe(0);
});

test("a read by somebody who was not to get it makes no delivery of it", () => {
  const { world, ann, bob, carol } = trio();
  carol.chat.leave(world.now, "#lobby");
  world.settle();
  say(world, ann, "one", "two");
  carol.chat.join(world.now, "#lobby");
  world.settle();

  world.inject(carol, ann, { kind: "read", marks: [{ room: LOBBY, seq: 2 }] });

  expect(ann.statuses("delivered").map(({ by }) => by)).toEqual([bob.id, bob.id]);
  expect(ann.statuses("read")).toEqual([]);
});

test("what is read as its author leaves the room is told when they are back", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one");
  // Bob is told of it behind what he has to tell ann.
  ann.chat.leave(world.now, "#lobby");
  world.read(bob, "one");
  expect(readOf(world, ann)).toEqual([]);

  ann.chat.join(world.now, "#lobby");
  world.settle();
  world.pass(A_WHILE_MS);

  expect(readOf(world, ann)).toEqual(["one bob"]);
});

test("a peer that says it without end is heard so often and no more", () => {
  const { world, ann, bob } = trio();
  world.liars.add(bob);
  say(world, ann, ...Array.from({ length: 300 }, (_, i) => `text ${i}`));
  const commits = ann.store.commits;

  for (let seq = 1; seq <= 300; seq++) {
    world.inject(bob, ann, { kind: "read", marks: [{ room: LOBBY, seq }] });
  }

  expect(ann.store.commits - commits).toBeLessThanOrEqual(66);
});

test("a mark that the disk refuses is told to whoever asked for it", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one");
  bob.store.refusing = true;

  world.read(bob, "one");

  expect(bob.of("unmarked")).toMatchObject([{ req: "one" }]);
  expect(readOf(world, ann)).toEqual([]);
});

test("what our disk refuses of what others have read is kept when it is there again", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one");
  ann.store.refusing = true;
  world.read(bob, "one");
  expect(readOf(world, ann)).toEqual([]);

  ann.store.refusing = false;
  world.pass(5_000);

  expect(readOf(world, ann)).toEqual(["one bob"]);
});

test("what is unread is told for every room, and when something is taken back", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one", "two");
  ann.chat.send(world.now, { kind: "direct", peer: bob.id }, "three", null);
  world.settle();

  bob.chat.reading.ask("r1");
  world.settle();
  ann.chat.send(world.now, { kind: "room", room: LOBBY }, { kind: "delete", seq: 1 }, null);
  world.drain(ann);
  world.settle();

  const [all, lobby] = bob.of("unread");
  expect(all).toMatchObject({ cause: "asked", req: "r1" });
  expect(all?.rooms.map(({ count }) => count).toSorted()).toEqual([1, 2]);
  expect(lobby).toMatchObject({ cause: "changed", rooms: [{ room: LOBBY, count: 1 }] });
});

test("of a private room only who has proved to be in it is told, and heard", () => {
  const { world, ann, bob, carol } = trio();
  const key = { ...privateRoom(new Uint8Array(32).fill(7)), invitation: undefined };
  for (const person of [ann, bob]) person.chat.join(world.now, "#den", key);
  world.settle();
  ann.chat.send(world.now, { kind: "room", room: key.room }, "in the den", "r1");
  world.settle();

  world.inject(carol, ann, { kind: "read", marks: [{ room: key.room, seq: 1 }] });
  const heard = [...ann.store.reads];
  world.read(bob, "in the den");
  bob.chat.leave(world.now, "#den");
  world.settle();

  expect(heard).toEqual([]);
  expect(readOf(world, ann)).toEqual(["r1 bob"]);
  expect(world.messages.some(({ to, message }) => to === carol && message.kind === "read")).toBe(
    false,
  );
});

test("who is barred is told nothing, and nothing of theirs counts", () => {
  const { world, ann, bob } = trio();
  say(world, ann, "one");
  bob.barred.add(ann.id);
  bob.chat.onJudged(world.now, ann.id);
  world.read(bob, "one");
  world.pass(A_WHILE_MS);
  expect(wordsTo(world, bob, ann)).toEqual([]);

  bob.barred.clear();
  bob.chat.onJudged(world.now, ann.id);
  world.settle();
  ann.barred.add(bob.id);
  say(world, ann, "two");
  world.inject(bob, ann, { kind: "read", marks: [{ room: LOBBY, seq: 2 }] });

  expect(readOf(world, ann)).toEqual(["one bob"]);
});

test("what somebody else has passed on is read when its author hears that it is there", () => {
  const { world, ann, bob, carol } = trio();
  world.disconnect(ann, bob);
  say(world, ann, "one", "two");
  world.pass(15_000);
  world.read(bob, "two");
  world.disconnect(ann, carol);

  world.connect(ann, bob);
  world.settle();
  world.pass(A_WHILE_MS);

  expect(bob.texts).toEqual(["one", "two"]);
  expect(readOf(world, ann)).toEqual(["one bob", "two bob"]);
  expect(carol.texts).toEqual(["one", "two"]);
});
