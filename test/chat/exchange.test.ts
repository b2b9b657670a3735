import { expect, test } from "bun:test";
import type { RoomId } from "../../lib/base/ids.ts";
import { COMPARE_MS } from "../../lib/chat/comparison.ts";
import { WANT_TIMEOUT_MS } from "../../lib/chat/requests.ts";
import { MISSING_RETRY_MS } from "../../lib/chat/tries.ts";
import { SIGN_ENTRIES, SIGN_WITHIN_MS } from "../../lib/chat/signer.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import type { ChatMessage } from "../../lib/wire/chat.ts";
import { NO_AUTHOR } from "../../lib/wire/exchange.ts";
import { forge } from "./forge.ts";
import { signaturesOf } from "./signatures.ts";
import { type Person, World } from "./world.ts";

/** Ann, Bob and Cem are in the lobby; Ann speaks to Bob alone, signs it and is gone. */
function gone(...texts: readonly string[]) {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  let room: RoomId | undefined;
  for (const person of [ann, bob]) room = person.chat.join(world.now, "#lobby");
  if (room === undefined) throw new Error("A first room is not too many");
  world.connect(ann, bob);
  world.settle();
  for (const text of texts) say(world, ann, room, text);
  world.pass(SIGN_WITHIN_MS);
  world.disconnect(ann, bob);
  world.messages.length = 0;
  return { world, ann, bob, cem, room };
}

function say(world: World, person: Person, room: RoomId, text: string): void {
  const result = person.chat.send(world.now, { kind: "room", room }, text, null);
  expect(result.ok).toBe(true);
  world.settle();
}

function meet(world: World, a: Person, b: Person): void {
  for (const person of [a, b]) person.chat.join(world.now, "#lobby");
  world.connect(a, b);
  world.settle();
}

function sent(world: World, from: Person, kind: ChatMessage["kind"]): ChatMessage[] {
  return world.messages
    .filter((it) => it.from === from && it.message.kind === kind)
    .map(({ message }) => message);
}

test("who comes later gets what was said before, from another than its author", () => {
  const { world, bob, cem } = gone("one", "two", "three");

  meet(world, bob, cem);

  expect(cem.texts).toEqual(["one", "two", "three"]);
  expect(cem.of("message").map(({ isLate }) => isLate)).toEqual([false, false, false]);
});

test("history waits for who reads it, and what is said now does not", () => {
  const { world, bob, cem, room } = gone("one", "two", "three");
  cem.chat.onPace(world.now, true);
  meet(world, bob, cem);
  say(world, bob, room, "hi");
  world.pass(10 * COMPARE_MS);
  const before = [...cem.texts];

  cem.chat.onPace(world.now, false);
  world.settle();

  expect(before).toEqual(["hi"]);
  expect(cem.texts).toEqual(["hi", "one", "two", "three"]);
  expect(sent(world, cem, "want").length).toBeGreaterThan(0);
});

test.each([
  ["works", 0],
  ["refuses at first", 6_000],
])("who says what others are passing on is answered, also where the disk %s", (_, ms) => {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet("#lobby");
  world.disconnect(ann, cem);
  world.disconnect(bob, cem);
  say(world, ann, room, "hi");
  world.pass(SIGN_WITHIN_MS);
  world.connect(bob, cem);
  // Until Bob's copy waits for Cem's disk, which stands still.
  const isPassedOn = () =>
    cem.disk.some((work) => {
      return work.kind === "store" && work.writes.some((write) => write.kind === "heard");
    });
  for (let i = 0; i < 100 && !isPassedOn(); i++) {
    for (const person of [bob, cem]) {
      world.drain(person);
      if (!isPassedOn()) world.stepDisk(person);
    }
    world.stepNetwork(bob, cem);
    world.stepNetwork(cem, bob);
  }
  expect(isPassedOn()).toBe(true);
  world.connect(ann, cem);
  for (let i = 0; i < 10; i++) {
    world.drain(ann);
    world.stepDisk(ann);
    world.stepNetwork(ann, cem);
  }

  cem.store.refusing = ms > 0;
  world.settle();
  cem.store.refusing = false;
  world.pass(ms);

  expect(cem.texts).toEqual(["hi"]);
  expect(ann.statuses("delivered").map(({ by }) => by)).toEqual([bob.id, cem.id]);
  expect(ann.store.waiting(cem.id)).toBe(0);
});

test("what a restart shows at last is late, if it belongs before what was shown till then", () => {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet("#lobby");
  for (const other of [bob, cem]) world.disconnect(ann, other);
  say(world, ann, room, "early");
  world.now += 1_000;
  say(world, bob, room, "later");
  world.connect(ann, cem);
  const isHeard = () =>
    cem.disk.some((work) => {
      return work.kind === "store" && work.writes.some((write) => write.kind === "heard");
    });
  for (let i = 0; i < 100 && !isHeard(); i++) {
    for (const person of [ann, cem]) {
      world.drain(person);
      if (!isHeard()) world.stepDisk(person);
    }
    world.stepNetwork(ann, cem);
    world.stepNetwork(cem, ann);
  }

  world.restart(cem, cem.disk.length);
  world.settle();

  expect(cem.texts).toEqual(["later", "early"]);
  expect(cem.of("message").map(({ isLate }) => isLate)).toEqual([false, true]);
});

test("where both have the same, nothing follows the digests", () => {
  const { world, bob, cem } = gone("one", "two");
  meet(world, bob, cem);
  world.disconnect(bob, cem);
  world.pass(COMPARE_MS);
  world.messages.length = 0;

  world.connect(bob, cem);
  world.settle();

  const kinds = new Set(world.messages.map(({ message }) => message.kind));
  expect([...kinds].toSorted()).toEqual(["digest", "heads", "rooms"]);
});

test("what its author never signed, nobody passes on; signed after a restart, it is", () => {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  meet(world, ann, bob);
  say(world, ann, ann.chat.join(world.now, "#lobby") ?? never(), "hi");
  world.restart(ann);

  meet(world, bob, cem);
  world.pass(2 * COMPARE_MS);
  const before = [...cem.texts];
  world.connect(ann, bob);
  world.settle();
  world.pass(COMPARE_MS);

  expect(before).toEqual([]);
  expect(cem.texts).toEqual(["hi"]);
});

test("a tip is signed in time, after so many entries, and before leaving", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  const count = () => sent(world, ann, "checkpoints").length;

  say(world, ann, room, "soon");
  const atOnce = count();
  world.pass(SIGN_WITHIN_MS);
  const inTime = count();
  for (let i = 0; i < SIGN_ENTRIES; i++) say(world, ann, room, `text ${i}`);
  const many = count();
  say(world, ann, room, "last");
  ann.chat.quit(world.now);
  world.settle();

  expect([atOnce, inTime, many, count()]).toEqual([0, 1, 2, 3]);
  expect(bob.store.checkpoints.size).toBe(1);
});

test("a talk between two is neither signed nor passed on", () => {
  const world = new World("ann", "bob", "cem");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");
  ann.chat.send(world.now, { kind: "direct", peer: bob.id }, "secret", null);
  world.settle();
  world.pass(10 * COMPARE_MS);

  const direct = ann.chat.directRoom(bob.id);
  world.inject(world.person(2), bob, {
    kind: "want",
    room: direct,
    author: ann.id,
    from: 1,
    to: 1,
    hash: new Uint8Array(32),
  });

  expect(sent(world, ann, "checkpoints")).toEqual([]);
  expect(sent(world, bob, "runs")).toEqual([]);
});

test("who is not in the room gets nothing of it, whatever it asks", () => {
  const { world, ann, bob, room } = gone("one");
  const cem = world.person(2);
  world.connect(bob, cem);
  world.settle();
  const { checkpoint } = tipOf(bob, room, ann);
  world.messages.length = 0;

  const { seq, hash } = checkpoint;
  world.inject(cem, bob, { kind: "want", room, author: ann.id, from: 1, to: seq, hash });
  world.inject(cem, bob, { kind: "digest", room, digest: new Uint8Array(32) });
  world.pass(COMPARE_MS);

  expect(world.messages.filter(({ from }) => from === bob)).toEqual([]);
});

test("what is late is told as late, and in its place", () => {
  const { world, ann, bob, cem, room } = gone("early");
  world.now += 1000;
  cem.chat.join(world.now, "#lobby");
  say(world, cem, room, "mine");
  meet(world, bob, cem);
  world.now += 1000;
  say(world, bob, room, "last");
  world.connect(ann, cem);
  world.settle();

  const told = cem.of("message");
  expect(told.map(({ isLate }, i) => [cem.texts[i], isLate])).toEqual([
    ["early", true],
    ["last", false],
  ]);
  const places = told.map(({ entry }) => entry).toSorted(compareEntries);
  expect(places.map(({ author }) => author)).toEqual([ann.id, bob.id]);
});

test("the author's own sending of what was passed on is answered with a receipt", () => {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet("#lobby");
  world.disconnect(ann, cem);
  say(world, ann, room, "hi");
  world.pass(SIGN_WITHIN_MS + COMPARE_MS);
  const passedOn = [...cem.texts];
  const waiting = ann.store.waiting(cem.id);

  world.connect(ann, cem);
  world.settle();

  expect(passedOn).toEqual(["hi"]);
  expect([waiting, ann.store.waiting(cem.id)]).toEqual([1, 0]);
  expect(cem.texts).toEqual(["hi"]);
  expect(ann.statuses("delivered").map(({ by }) => by)).toEqual([bob.id, cem.id]);
});

test("a peer that passes on what it was not asked for is passed over, and another asked", () => {
  const { world, ann, bob, cem, room } = gone("true");
  world.liars.add(bob);
  const eve = cem;
  const dan = new World("dan").person(0);
  world.people.push(dan);
  // Eve has it, and says something else when she is asked.
  meet(world, bob, eve);
  world.disconnect(bob, eve);
  world.liars.add(eve);
  dan.chat.join(world.now, "#lobby");
  world.connect(eve, dan);
  untilAsked(world, dan, eve);
  const { bytes } = forge({ room, author: ann.id });
  const [want] = sent(world, dan, "want");
  expect(want).toMatchObject({ author: ann.id, to: 1 });
  const answer = { kind: "runs", room, author: ann.id, to: 1, state: "done" } as const;
  world.inject(eve, dan, { ...answer, runs: [bytes] });
  const early = [...dan.texts];

  world.connect(bob, dan);
  world.settle();

  expect(early).toEqual([]);
  expect(dan.of("untrue")).toEqual([{ kind: "untrue", peer: eve.id, room }]);
  expect(dan.texts).toEqual(["true"]);
});

test("a peer that does not answer is passed over in time", () => {
  const { world, bob, cem } = gone("hi");
  const dan = new World("dan").person(0);
  world.people.push(dan);
  meet(world, bob, cem);
  world.disconnect(bob, cem);
  dan.chat.join(world.now, "#lobby");
  world.connect(bob, dan);
  untilAsked(world, dan, bob);
  // The want is lost on its way, which only happens to who does not listen.
  bob.heard.set(dan, []);
  world.connect(cem, dan);
  world.settle();
  const before = [...dan.texts];

  world.pass(WANT_TIMEOUT_MS);

  expect(before).toEqual([]);
  expect(dan.texts).toEqual(["hi"]);
});

test("a gap that nobody fills is told, once, and filled when somebody comes who can", () => {
  const { world, bob, cem, room } = gone("one", "two");
  meet(world, bob, cem);
  const { checkpoint } = tipOf(bob, room, world.person(0));
  const dan = new World("dan").person(0);
  const eve = new World("eve").person(0);
  world.people.push(dan, eve);
  meet(world, dan, eve);
  world.inject(eve, dan, { kind: "checkpoints", room, checkpoints: [checkpoint] });
  world.pass(10 * MISSING_RETRY_MS);
  const told = dan.of("sync").map(({ state, missing }) => [state, missing]);

  meet(world, cem, dan);

  expect(told.filter(([state]) => state === "incomplete")).toEqual([["incomplete", 2]]);
  expect(dan.texts).toEqual(["one", "two"]);
  expect(dan.of("sync").at(-1)).toMatchObject({ state: "complete", missing: 0 });
});

test("a tip whose run nobody has does not keep from anybody what leads to an earlier one", () => {
  const { world, ann, bob, cem, room } = gone("one", "two");
  const { sign } = signaturesOf(ann.id);
  const ahead = { room, author: ann.id, seq: 5, hash: new Uint8Array(32).fill(5) };
  const checkpoints = [{ ...ahead, signature: sign(ahead) }];
  world.connect(ann, bob);
  world.settle();
  world.inject(ann, bob, { kind: "checkpoints", room, checkpoints });
  world.disconnect(ann, bob);
  world.restart(bob);

  meet(world, bob, cem);
  world.pass(2 * MISSING_RETRY_MS);

  expect(cem.texts).toEqual(["one", "two"]);
  expect(cem.of("sync").at(-1)).toMatchObject({ state: "incomplete", missing: 3 });
});

test("what is dropped is given and asked for no more, and others still give it", () => {
  const { world, ann, bob, cem, room } = gone("one", "two", "three");
  meet(world, bob, cem);
  world.disconnect(bob, cem);
  const floor = { room, author: ann.id, seq: 2 };
  cem.store.drop(floor);
  cem.chat.onDropped(world.now, [floor]);
  const dan = new World("dan").person(0);
  world.people.push(dan);

  meet(world, cem, dan);
  world.pass(10 * MISSING_RETRY_MS);
  const early = [...dan.texts];
  const wants = sent(world, dan, "want").map((want) => want.kind === "want" && want.to);
  world.restart(cem);
  meet(world, bob, cem);
  meet(world, bob, dan);
  world.pass(10 * MISSING_RETRY_MS);

  expect(early).toEqual(["three"]);
  expect(wants).toEqual([3]);
  expect(dan.texts.toSorted()).toEqual(["one", "three", "two"]);
  expect(cem.store.entries().map(({ seq }) => seq)).toEqual([3]);
});

test("what is missing below what is dropped is not asked for", () => {
  const world = new World("eve", "dan");
  const [eve, dan] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  world.liars.add(eve);
  const third = forge({ room, author: eve.id, seq: 3, previous: new Uint8Array(32).fill(2) });
  const fourth = forge({ room, author: eve.id, seq: 4, previous: third.hash });
  for (const { bytes } of [third, fourth]) world.inject(eve, dan, { kind: "entries", run: bytes });
  const before = sent(world, dan, "want").length;

  const floor = { room, author: eve.id, seq: 3 };
  dan.store.drop(floor);
  dan.chat.onDropped(world.now, [floor]);
  world.messages.length = 0;
  world.pass(10 * MISSING_RETRY_MS);
  world.restart(dan);
  meet(world, eve, dan);
  world.pass(10 * MISSING_RETRY_MS);

  expect(before).toBeGreaterThan(0);
  expect(sent(world, dan, "want")).toEqual([]);
});

test("a peer that sends lists without end is answered a few times", () => {
  const { world, bob, cem, room } = gone("one");
  meet(world, bob, cem);
  world.messages.length = 0;

  const nothing = { after: NO_AUTHOR, isLast: true, tips: [] } as const;
  for (let i = 0; i < 100; i++) world.inject(cem, bob, { kind: "tips", room, ...nothing });

  expect(sent(world, bob, "checkpoints").length).toBeLessThan(10);
});

test("two histories of one author are noticed by everybody who holds one of them", () => {
  const world = new World("eve", "ann", "bob");
  const [eve, ann, bob] = [world.person(0), world.person(1), world.person(2)];
  for (const person of [ann, bob, eve]) person.chat.join(world.now, "#lobby");
  const room = ann.chat.join(world.now, "#lobby") ?? never();
  world.liars.add(eve);
  const { sign } = signaturesOf(eve.id);
  for (const [person, text] of [
    [ann, "yes"],
    [bob, "no"],
  ] as const) {
    world.connect(eve, person);
    world.settle();
    const { bytes } = forge({ room, author: eve.id, body: new TextEncoder().encode(text) });
    world.inject(eve, person, { kind: "entries", run: bytes });
    const fields = { room, author: eve.id, seq: 1, hash: sha256(bytes) };
    const checkpoints = [{ ...fields, signature: sign(fields) }];
    world.inject(eve, person, { kind: "checkpoints", room, checkpoints });
    world.disconnect(eve, person);
  }

  world.connect(ann, bob);
  world.settle();
  world.restart(ann);
  world.connect(ann, bob);
  world.settle();

  const shown = { kind: "equivocation", room, author: eve.id };
  for (const person of [ann, bob]) expect(person.of("equivocation")).toMatchObject([shown]);
  expect([ann.texts, bob.texts]).toEqual([["yes"], ["no"]]);
});

test("what cannot be filled in shows all the same that it goes on from another history", () => {
  const world = new World("eve", "ann", "bob");
  const [eve, ann, bob] = [world.person(0), world.person(1), world.person(2)];
  const room = ann.chat.join(world.now, "#lobby") ?? never();
  for (const person of [bob, eve]) person.chat.join(world.now, "#lobby");
  world.liars.add(eve);
  const { sign } = signaturesOf(eve.id);
  const at = (ms: number) => ({ room, author: eve.id, time: { wallMs: world.now + ms, tick: 0 } });
  const first = forge({ ...at(1) });
  const second = forge({ ...at(2), seq: 2, previous: first.hash });
  const third = forge({ ...at(3), seq: 3, previous: second.hash });
  const fourth = forge({ ...at(60), seq: 4, previous: third.hash });
  // Later than the second and the third, so that these are in no order with it.
  const other = forge({ ...at(50), body: new TextEncoder().encode("something else") });
  const fields = { room, author: eve.id, seq: 4, hash: fourth.hash };
  for (const [person, runs] of [
    [ann, [first, second, third, fourth]],
    [bob, [other, fourth]],
  ] as const) {
    world.connect(eve, person);
    world.settle();
    for (const { bytes } of runs) world.inject(eve, person, { kind: "entries", run: bytes });
    const checkpoints = [{ ...fields, signature: sign(fields) }];
    world.inject(eve, person, { kind: "checkpoints", room, checkpoints });
    world.disconnect(eve, person);
  }
  const before = bob.of("equivocation");

  world.connect(ann, bob);
  world.settle();

  expect(before).toEqual([]);
  expect(bob.of("equivocation")).toMatchObject([{ room, author: eve.id }]);
  expect(bob.texts).toEqual(["something else", "forged 4"]);
});

function tipOf(person: Person, room: RoomId, author: Person) {
  const checkpoint = person.store.checkpoints.get(room + author.id);
  if (checkpoint === undefined) throw new Error("Nothing is signed");
  return { checkpoint };
}

/** Up to the moment at which a want of theirs is on its way. */
function untilAsked(world: World, from: Person, to: Person): void {
  const hasAsked = () => sent(world, from, "want").length > 0;
  const steps = [
    () => world.drain(to),
    () => world.drain(from),
    () => world.stepDisk(from),
    () => world.stepNetwork(to, from),
    () => world.stepNetwork(from, to),
  ];
  for (let i = 0; !hasAsked(); i++) steps[i % steps.length]?.();
}

function never(): never {
  throw new Error("A first room is not too many");
}
