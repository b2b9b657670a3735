import { expect, test } from "bun:test";
import { parseMessageId } from "../../lib/chat/messageid.ts";
import type { MemoryStore } from "../support/memorystore.ts";
import { Triangle } from "./triangle.ts";
import { type Person, World } from "./world.ts";

/** Whoever corrects their clock by as much speaks before what they have said. */
const CLOCK_AHEAD_MS = 3_600_000;

function tell(world: World, from: Person, to: Person, text: string): void {
  const result = from.chat.send(world.now, { kind: "direct", peer: to.id }, text, text);
  expect(result.ok).toBe(true);
  world.settle();
}

/** Something is said to somebody who is away, and taken back: nobody gets the next number. */
function leaveOut(world: World, from: Person, to: Person): void {
  tell(world, from, to, "taken back");
  const id = from.statuses("queued").at(-1)?.id ?? "";
  from.chat.cancel(id, "c");
  world.settle();
  expect(from.statuses("failed").at(-1)).toMatchObject({ id, reason: "cancelled" });
}

/** The program goes on with an older copy of its disk, and the clock is right again. */
function restore(world: World, person: Person, copy: MemoryStore): void {
  world.now -= CLOCK_AHEAD_MS;
  world.lose(person);
  person.store = copy;
  world.restart(person);
}

test("what has the number of something that was taken back is not taken to be held", () => {
  const world = new World("ann", "bob");
  const [ann, bob] = [world.person(0), world.person(1)];
  world.meet("#lobby");
  tell(world, ann, bob, "one");
  const copy = ann.store.copy();
  world.disconnect(ann, bob);
  leaveOut(world, ann, bob);
  world.now += CLOCK_AHEAD_MS;
  tell(world, ann, bob, "three");
  world.connect(ann, bob);
  world.settle();
  restore(world, ann, copy);
  tell(world, ann, bob, "alone");

  world.connect(ann, bob);
  world.settle();

  expect(bob.texts).toEqual(["one", "three", "alone"]);
  const delivered = ann.statuses("delivered").filter(({ req }) => req === "alone");
  expect(delivered.map(({ id }) => parseMessageId(id)?.seq)).toEqual([4]);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("nor is what somebody brings sealed under such a number", () => {
  const it = new Triangle();
  const { world, alice, bob, carol } = it;
  it.meet(alice, bob);
  it.say("one");
  const copy = alice.store.copy();
  it.leave(alice);
  leaveOut(world, alice, bob);
  world.now += CLOCK_AHEAD_MS;
  it.say("three");
  it.meet(alice, bob);
  it.leave(bob);
  restore(world, alice, copy);
  it.meet(alice, carol);
  it.say("alone");
  it.entrust();

  it.leave(alice);
  it.meet(bob, carol);
  const taken = it.sent(bob, "taken");
  it.meet(alice, carol);
  it.meet(alice, bob);

  expect(it.sent(alice, "hold")).toHaveLength(1);
  expect(taken).toEqual([]);
  expect(bob.texts).toEqual(["one", "three", "alone"]);
  expect(alice.statuses("delivered").at(-1)).toMatchObject({ req: "alone" });
});
