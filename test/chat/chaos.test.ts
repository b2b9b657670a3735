import { expect, test } from "bun:test";
import type { RoomId } from "../../lib/base/ids.ts";
import type { Destination } from "../../lib/chat/speech.ts";
import { Prng } from "../sim/prng.ts";
import { type Person, World } from "./world.ts";

const FIRST_SEED = Number(process.env["SEED"] ?? 1);
const SEEDS = process.env["SEED"] === undefined ? 16 : 1;
const STEPS = 600;

test("whatever dies, closes or refuses, everything arrives once and in order", () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    try {
      const world = chaos(seed, seed % 2 === 0 ? ["ann", "bob"] : ["ann", "bob", "cem"]);
      calm(world);
      expectAllHeard(world);
    } catch (error) {
      throw new Error(`SEED=${seed} bun test chaos`, { cause: error });
    }
  }
});

/** Steps of the world in an order that nobody would think of. */
function chaos(seed: number, names: readonly string[]): World {
  const prng = new Prng(seed, "chat");
  const world = new World(...names);
  const room = world.meet("#lobby");
  let texts = 0;
  const anyone = () => world.person(prng.below(world.people.length));
  const say = (person: Person, other: Person, count: number): void => {
    const destination = whereTo(room, person, other);
    for (let i = 0; i < count; i++) {
      texts += 1;
      person.chat.send(world.now, destination, `text ${texts}`, `r${texts}`);
    }
  };
  for (let step = 0; step < STEPS; step++) {
    const person = anyone();
    const other = anyone();
    const dice = prng.below(100);
    if (dice < 25) say(person, other, 1);
    else if (prng.chance(0.003)) say(person, other, 300);
    else if (dice < 50) world.stepDisk(person);
    else if (dice < 75) world.stepNetwork(person, other);
    else if (dice < 80) world.now += prng.below(4_000);
    else if (dice < 84) person.chat.handleTimeout(world.now);
    else if (dice < 88) person.store.refusing = prng.chance(0.4);
    else if (dice < 91 && person !== other) world.disconnect(person, other);
    else if (dice < 97 && person !== other) world.connect(person, other);
    else if (dice < 98) world.restart(person, prng.below(person.disk.length + 1));
    if (prng.chance(0.8)) world.drain(person);
  }
  return world;
}

function whereTo(room: RoomId, person: Person, other: Person): Destination {
  return person === other ? { kind: "room", room } : { kind: "direct", peer: other.id };
}

/** All disks work, everybody is connected, and there is time. */
function calm(world: World): void {
  for (const person of world.people) {
    person.store.refusing = false;
    for (const other of world.people) if (other !== person) world.connect(person, other);
  }
  world.settle();
  world.pass(130_000);
}

function expectAllHeard(world: World): void {
  const shown = new Set<string>();
  for (const person of world.people) {
    for (const { id } of person.of("message")) shown.add(`${person.id} ${id}`);
  }
  const missing: string[] = [];
  for (const [id, { recipients }] of world.made) {
    for (const recipient of recipients) {
      if (!shown.has(`${recipient} ${id}`)) missing.push(id);
    }
  }
  expect(missing).toEqual([]);
  for (const person of world.people) {
    for (const other of world.people) expect(person.store.waiting(other.id)).toBe(0);
    expect(person.of("refused").filter((fact) => fact.reason === "invalid")).toEqual([]);
  }
  expect(world.made.size).toBeGreaterThan(20);
}
