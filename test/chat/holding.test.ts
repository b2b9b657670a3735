import { expect, test } from "bun:test";
import { ENTRUST_AFTER_MS } from "../../lib/chat/entrusting.ts";
import { HELD_MS } from "../../lib/chat/holder.ts";
import { Triangle } from "./triangle.ts";

test("two who are never here together talk through a common member, once and in order", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.say("one", "two");
  it.say("three");
  it.entrust();
  const underWay = alice.statuses("delivered");

  it.pass();
  const early = alice.statuses("delivered");
  it.leave(bob);
  it.meet(alice, carol);
  it.leave(alice);
  it.meet(alice, bob);

  expect([underWay, early]).toEqual([[], []]);
  expect(bob.texts).toEqual(["one", "two", "three"]);
  expect(alice.statuses("delivered").map(({ by }) => by)).toEqual([bob.id, bob.id, bob.id]);
  expect(alice.of("entrusted")).toMatchObject([
    { to: bob.id, by: carol.id, messages: [{ req: "one" }] },
    { to: bob.id, by: carol.id, messages: [{ req: "two" }] },
    { to: bob.id, by: carol.id, messages: [{ req: "three" }] },
  ]);
  expect(alice.chat.waiting()).toEqual([]);
  expect(carol.texts).toEqual([]);
  expect([carol.store.sealed.held.size, alice.store.sealed.entrusted.size]).toEqual([0, 0]);
  expect(it.sent(alice, "entries")).toEqual([]);
  expect(world.messages.filter(({ message }) => message.kind === "kept")).toHaveLength(1);
});

test.each([
  ["its author did not ask", { asksHold: false }],
  ["nobody offers", { holds: false }],
])("nothing is held where %s", (_why, options) => {
  const it = new Triangle(options);
  it.say("one");
  it.entrust();

  expect(it.sent(it.alice, "hold")).toEqual([]);
  expect(it.carol.store.sealed.held.size).toBe(0);
});

test("all of it goes on where any of the three dies in between", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.say("one", "two");
  it.entrust();
  world.restart(alice);
  world.restart(carol);

  it.pass();
  world.restart(bob);
  world.restart(carol);
  it.meet(alice, carol);
  world.restart(alice);

  expect(bob.texts).toEqual(["one", "two"]);
  expect(alice.statuses("delivered")).toHaveLength(2);
  expect(alice.chat.waiting()).toEqual([]);
  expect(carol.store.sealed.held.size).toBe(0);
});

test("whoever got it from its author first says so to who holds it", () => {
  const it = new Triangle();
  const { alice, bob, carol } = it;
  it.say("one");
  it.entrust();
  it.leave(alice);

  it.meet(alice, bob);
  it.leave(alice);
  it.meet(bob, carol);
  it.meet(alice, carol);

  expect(bob.texts).toEqual(["one"]);
  expect(it.sent(bob, "taken")).toHaveLength(1);
  expect(alice.statuses("delivered")).toHaveLength(1);
  expect(carol.store.sealed.held.size).toBe(0);
});

test("what a recipient takes while its author is here is delivered at once", () => {
  const it = new Triangle();
  const { alice, bob, carol } = it;
  it.say("one");
  it.entrust();

  it.meet(bob, carol);

  expect(bob.texts).toEqual(["one"]);
  expect(alice.statuses("delivered")).toHaveLength(1);
  expect(carol.store.sealed.held.size).toBe(0);
});

test("two of many hold the same, and another where one of them has refused", () => {
  const it = new Triangle({ more: ["dave", "erin", "fred"] });
  const { world, alice } = it;
  const [dave, erin, fred] = [world.person(3), world.person(4), world.person(5)];
  it.carol.store.refusing = true;

  it.say("one");
  it.entrust();
  it.entrust();
  const first = [dave, erin, fred].map(({ store }) => store.sealed.held.size);
  it.say("two");
  it.entrust();

  expect(first).toEqual([1, 1, 0]);
  expect([dave, erin, fred].map(({ store }) => store.sealed.held.size)).toEqual([2, 2, 0]);
  expect(alice.chat.heldFor(it.bob.id)).toEqual({ entries: 2, holders: [dave.id, erin.id] });
});

test("who comes to hold later is given all that waits, not only what is new", () => {
  const it = new Triangle({ more: ["dave"] });
  const { world, alice, bob, carol } = it;
  const dave = world.person(3);
  world.disconnect(alice, dave);
  it.say("one", "two");
  it.entrust();
  it.leave(carol);

  it.meet(alice, dave);
  it.say("three");
  it.entrust();
  it.leave(alice);
  it.meet(bob, dave);

  expect(bob.texts).toEqual(["one", "two", "three"]);
});

test("more than one envelope holds arrives in its order", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  const texts = Array.from({ length: 150 }, (_, i) => `${i}`);
  it.say(...texts);
  it.say("x".repeat(65_536), "y".repeat(65_536), "last");
  it.entrust();
  const held = carol.store.sealed.held.size;

  it.pass();
  it.meet(alice, carol);

  expect(held).toBe(6);
  expect(bob.texts.slice(0, 150)).toEqual(texts);
  expect(bob.texts.slice(150).map(({ length }) => length)).toEqual([65_536, 65_536, 4]);
  expect(world.messages.filter(({ message }) => message.kind === "kept")).toHaveLength(6);
  expect(alice.chat.waiting()).toEqual([]);
});

test("what somebody holds is not taken back, and what is not held yet is", () => {
  const it = new Triangle();
  const { world, alice, bob } = it;
  const [held = ""] = it.say("one");
  it.entrust();
  const [free = ""] = it.say("two");
  const [after = ""] = it.say("three");

  for (const id of [held, free]) alice.chat.cancel(id, id);
  world.settle();
  it.entrust();
  alice.chat.cancel(after, after);
  world.settle();
  it.pass();

  expect(alice.of("withdrawn").map(({ id, fault }) => [id, fault])).toEqual([
    [held, "sent"],
    [free, undefined],
    [after, "sent"],
  ]);
  expect(bob.texts).toEqual(["one", "three"]);
});

test("what is being taken back while somebody is asked to hold is not given away", () => {
  const it = new Triangle();
  const { world, alice, carol } = it;
  const [id = ""] = it.say("one");
  alice.chat.cancel(id, "c");
  world.drain(alice);
  // The disk is busy with this, so that what follows waits.
  alice.chat.send(world.now, { kind: "direct", peer: carol.id }, "hi", null);
  world.drain(alice);
  world.stepDisk(alice);
  world.now += ENTRUST_AFTER_MS;
  alice.chat.handleTimeout(world.now);

  world.settle();
  it.entrust();

  expect(alice.of("withdrawn")).toMatchObject([{ id, fault: undefined }]);
  expect(it.sent(alice, "hold")).toEqual([]);
});

test("what waits in a room is nobody's to hold: history brings it", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  const room = alice.chat.roomCalled("#lobby");
  if (room === undefined) throw new Error("They are in the lobby");
  alice.chat.send(world.now, { kind: "room", room }, "all", null);
  world.settle();
  it.entrust();

  it.pass();
  world.pass(5_000);

  expect(carol.store.sealed.held.size).toBe(0);
  expect(bob.texts).toEqual(["all"]);
});

test("what nobody comes for is dropped in time, and its author still has it", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.say("one");
  it.entrust();
  it.leave(alice);

  world.pass(HELD_MS);
  const [held, entrusted] = [carol.store.sealed.held.size, alice.store.sealed.entrusted.size];
  it.meet(alice, carol);
  it.entrust();
  const again = carol.store.sealed.held.size;
  it.meet(alice, bob);

  expect([held, entrusted, again]).toEqual([0, 0, 1]);
  expect(bob.texts).toEqual(["one"]);
});

test("a disk that refuses holds nothing, takes nothing, and tries again", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  carol.store.refusing = true;
  it.say("one");
  it.entrust();
  const refused = alice.of("entrusted");
  carol.store.refusing = false;
  world.disconnect(alice, carol);
  it.meet(alice, carol);
  it.entrust();
  bob.store.refusing = true;

  it.pass();
  const early = bob.texts;
  bob.store.refusing = false;
  it.leave(bob);
  it.meet(bob, carol);
  alice.store.refusing = true;
  it.meet(alice, carol);
  const unkept = alice.statuses("delivered");
  alice.store.refusing = false;
  it.leave(alice);
  it.meet(alice, carol);

  expect([refused, early, unkept]).toEqual([[], [], []]);
  expect(bob.texts).toEqual(["one"]);
  expect(alice.statuses("delivered")).toHaveLength(1);
  expect(carol.store.sealed.held.size).toBe(0);
});

test("nothing is given away while it may be on its way, or its recipient about to come", () => {
  const it = new Triangle();
  const { world, alice, bob } = it;
  it.say("one");
  world.pass(ENTRUST_AFTER_MS - 1);
  it.meet(alice, bob);
  world.pass(HELD_MS / 100);

  expect(bob.texts).toEqual(["one"]);
  expect(it.sent(alice, "hold")).toEqual([]);
});

test("who holds what is told by message and by person", () => {
  const it = new Triangle();
  const { alice, bob, carol } = it;
  const [one = "", two = ""] = it.say("one", "two");
  it.entrust();
  const [three = ""] = it.say("three");

  expect(alice.chat.holdersOf(one, bob.id)).toEqual([carol.id]);
  expect(alice.chat.holdersOf(two, bob.id)).toEqual([carol.id]);
  expect(alice.chat.holdersOf(three, bob.id)).toEqual([]);
  expect(alice.chat.holdersOf(one, carol.id)).toEqual([]);
  expect(alice.chat.heldFor(bob.id)).toEqual({ entries: 2, holders: [carol.id] });
});
