import { expect, test } from "bun:test";
import { ENTRUST_AFTER_MS } from "../../lib/chat/entrusting.ts";
import {
  HELD_MS,
  HELD_PER_RECIPIENT_MAX,
  LATER_RETRY_MS,
  LATER_RETRY_MS_MAX,
} from "../../lib/chat/holder.ts";
import { forge } from "./forge.ts";
import { Triangle } from "./triangle.ts";
import { START } from "./world.ts";

test("nothing is given to a holder whose session ended while the disk was asked", () => {
  const it = new Triangle();
  const { world, alice, carol } = it;
  it.say("one");
  world.now += 3 * ENTRUST_AFTER_MS;
  alice.chat.handleTimeout(world.now);
  world.drain(alice);
  const asked = alice.disk.length;
  world.disconnect(alice, carol);
  while (world.stepDisk(alice));

  expect(asked).toBeGreaterThan(0);
  expect(it.sent(alice, "hold")).toEqual([]);
  it.meet(alice, carol);
  it.entrust();
  expect(it.sent(alice, "hold")).toHaveLength(1);
});

test("nothing more is given of or to whom is barred in between", () => {
  for (const whom of ["bob", "carol"] as const) {
    const it = new Triangle();
    const { world, alice } = it;
    it.say(...Array.from({ length: 70 }, (_, i) => `${i} ${"x".repeat(1000)}`));
    world.now += 3 * ENTRUST_AFTER_MS;
    alice.chat.handleTimeout(world.now);
    world.drain(alice);
    alice.barred.add(it[whom].id);
    alice.chat.onJudged(world.now, it[whom].id);
    world.settle();
    it.entrust();

    expect(it.sent(alice, "hold")).toEqual([]);
  }
});

test("a receipt on its way to the disk outlives the session of its recipient", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.say("one");
  it.entrust();
  it.leave(alice);
  world.connect(bob, carol);
  // Until Bob has said that he has it, and Carol has asked her disk to keep that.
  for (let i = 0; i < 100 && it.sent(bob, "taken").length === 0; i++) {
    for (const person of [bob, carol]) {
      world.drain(person);
      while (world.stepDisk(person));
    }
    while (world.stepNetwork(carol, bob));
    if (it.sent(bob, "taken").length === 0) while (world.stepNetwork(bob, carol));
  }
  while (world.stepNetwork(bob, carol));
  expect(carol.disk.length).toBeGreaterThan(0);
  world.disconnect(bob, carol);
  world.connect(bob, carol);
  for (let i = 0; i < 10; i++) {
    world.drain(bob);
    while (world.stepDisk(bob));
    while (world.stepNetwork(bob, carol));
  }
  world.settle();
  it.leave(bob);
  it.meet(alice, carol);

  expect(bob.texts).toEqual(["one"]);
  expect(it.sent(carol, "unheld")).toEqual([]);
  expect(alice.statuses("delivered")).toHaveLength(1);
});

test("what a holder lost is given to it again, also after a restart", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.say("one");
  it.entrust();
  world.pass(HELD_MS / 2);
  it.say("two");
  it.entrust();
  expect(it.sent(alice, "hold")).toHaveLength(2);
  it.leave(carol);
  world.pass(HELD_MS / 2 + ENTRUST_AFTER_MS);
  world.restart(alice);
  it.meet(alice, carol);
  it.entrust();
  it.pass();

  expect(bob.texts).toEqual(["one", "two"]);
});

test("what is for somebody who was barred goes on once they are not", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.say("one");
  alice.barred.add(bob.id);
  it.entrust();
  expect(it.sent(alice, "hold")).toEqual([]);
  alice.barred.delete(bob.id);
  alice.chat.onJudged(world.now, bob.id);
  it.entrust();
  expect(it.sent(alice, "hold")).toHaveLength(1);

  carol.barred.add(bob.id);
  it.pass();
  expect(it.sent(carol, "kept")).toEqual([]);
  carol.barred.delete(bob.id);
  carol.chat.onJudged(world.now, bob.id);
  world.settle();
  expect(bob.texts).toEqual(["one"]);
});

test("what could not be sealed at first is held once it can be", () => {
  const it = new Triangle();
  const { world, alice, bob } = it;
  alice.unsure.add(bob.id);
  it.say("one");
  it.entrust();
  expect(it.sent(alice, "hold")).toEqual([]);
  alice.unsure.clear();
  alice.chat.onJudged(world.now, bob.id);
  it.entrust();

  expect(it.sent(alice, "hold")).toHaveLength(1);
});

test("what a holder lost while it is given more is given to it again in its next session", () => {
  const it = new Triangle();
  const { world, alice, carol } = it;
  it.say("one");
  it.entrust();
  const [first] = carol.store.restore().held;
  if (first === undefined) throw new Error("One is held");
  it.say(...Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(1000)}`));
  world.now += 3 * ENTRUST_AFTER_MS;
  alice.chat.handleTimeout(world.now);
  world.drain(alice);
  while (world.stepDisk(alice));
  world.inject(carol, alice, { kind: "unheld", id: first.id, reason: "storage" });
  it.leave(carol);
  it.meet(alice, carol);
  const before = it.sent(alice, "hold").length;
  it.entrust();

  expect(it.sent(alice, "hold").length).toBeGreaterThan(before);
});

test("what a recipient does not take now is brought again, more and more seldom", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.say("one", "two");
  it.entrust();
  bob.barred.add(alice.id);
  it.pass();
  const brought = [it.sent(carol, "kept").length];
  for (const ms of [LATER_RETRY_MS, LATER_RETRY_MS, LATER_RETRY_MS, 7 * 86_400_000]) {
    world.pass(ms);
    brought.push(it.sent(carol, "kept").length);
  }
  const most = 2 * (8 + (7 * 86_400_000) / LATER_RETRY_MS_MAX);
  expect(brought.slice(0, 4)).toEqual([1, 2, 2, 3]);
  expect(brought.at(-1)).toBeLessThan(most);

  bob.barred.delete(alice.id);
  world.pass(LATER_RETRY_MS_MAX);
  expect(bob.texts).toEqual(["one", "two"]);
  it.leave(bob);
  it.meet(alice, carol);
  expect(alice.statuses("delivered")).toHaveLength(2);
});

test("receipts that wait for their authors take up nobody else's place", () => {
  const it = new Triangle({ more: ["dave"] });
  const { world, alice, bob, carol } = it;
  for (let i = 0; i < HELD_PER_RECIPIENT_MAX; i++) {
    it.say(String(i));
    it.entrust();
  }
  it.pass();
  it.leave(bob);
  const taken = carol.store.restore().held.filter(({ receipt }) => receipt !== undefined);
  const dave = world.person(3);
  const envelope = Uint8Array.of(7);
  world.inject(dave, carol, { kind: "hold", recipient: bob.id, envelope });

  expect(taken).toHaveLength(HELD_PER_RECIPIENT_MAX);
  expect(it.sent(carol, "unheld")).toEqual([]);
  expect(alice.statuses("delivered")).toEqual([]);
});

test("a receipt is for what is held, not for something else under its number", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.meet(bob, alice);
  it.say("one", "two");
  it.pass();
  const time = { wallMs: START - 1, tick: 0 };
  const other = forge({ room: bob.chat.directRoom(alice.id), author: alice.id, time });
  const { envelope } = it.envelope([other.bytes]);
  world.inject(carol, bob, { kind: "kept", envelope });

  expect(bob.texts).toEqual(["one", "two"]);
  expect(it.sent(bob, "taken")).toEqual([]);
  expect(it.sent(bob, "untaken")).toMatchObject([{ reason: "never" }]);
});

test("who was away when its recipient refused what is held learns of it on coming back", () => {
  const it = new Triangle({ more: ["dave", "eve"] });
  const { world, alice, bob, carol } = it;
  // Two hold what she says, and Eve nothing.
  const eve = world.person(4);
  const [id = ""] = it.say("one");
  it.entrust();
  it.leave(alice);
  // Bob has something else of hers under that number, as of an author who has lost a disk.
  const time = { wallMs: START - 1, tick: 0 };
  const other = forge({ room: bob.chat.directRoom(alice.id), author: alice.id, time });
  it.meet(bob, eve);
  world.inject(eve, bob, { kind: "kept", envelope: it.envelope([other.bytes]).envelope });
  it.meet(bob, carol);
  const whileAway = alice.chat.holdersOf(id, bob.id);
  it.leave(bob);
  world.restart(carol);
  it.meet(alice, carol);

  expect(it.sent(bob, "untaken")).toMatchObject([{ reason: "never" }]);
  expect(whileAway).toContain(carol.id);
  expect(it.sent(carol, "unheld")).toMatchObject([{ reason: "refused" }]);
  expect(alice.chat.holdersOf(id, bob.id)).not.toContain(carol.id);
  expect(carol.store.restore().held).toEqual([]);
});

test("what a holder's disk has damaged its author learns of, and gives again", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  const [id = ""] = it.say("one");
  it.entrust();
  for (const [at, held] of carol.store.sealed.held) {
    carol.store.sealed.held.set(at, { ...held, envelope: undefined });
  }
  it.pass();
  it.leave(bob);
  world.restart(carol);
  it.meet(alice, carol);
  const told = alice.chat.holdersOf(id, bob.id);
  it.leave(alice);
  it.meet(alice, carol);
  it.entrust();
  it.pass();

  expect(it.sent(carol, "unheld")).toMatchObject([{ reason: "storage" }]);
  expect(told).toEqual([]);
  expect(bob.texts).toEqual(["one"]);
});
