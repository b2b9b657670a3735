import { expect, test } from "bun:test";
import { World } from "./world.ts";

test("what is said in a room is delivered to everybody in it, and told step by step", () => {
  const world = new World("ann", "bob", "cem");
  const [ann, bob, cem] = [world.person(0), world.person(1), world.person(2)];
  const room = world.meet("#lobby");

  const result = ann.chat.send(world.now, { kind: "room", room }, "hi", "r1");
  world.settle();

  expect(result.ok).toBe(true);
  expect(bob.texts).toEqual(["hi"]);
  expect(cem.texts).toEqual(["hi"]);
  expect(ann.texts).toEqual([]);
  const steps = ann.of("status").map(({ req, state, by }) => [req, state, by]);
  expect(steps).toEqual([
    ["r1", "queued", null],
    ["r1", "sent", null],
    ["r1", "delivered", bob.id],
    ["r1", "delivered", cem.id],
  ]);
});
