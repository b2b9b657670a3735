import { expect, test } from "bun:test";
import { toHex } from "../../lib/base/bytes.ts";
import type { Destination } from "../../lib/chat/speech.ts";
import { privateRoom } from "../../lib/chat/rooms.ts";
import { encodeChat } from "../../lib/wire/chat.ts";
import { Prng } from "../sim/prng.ts";
import { type Person, World } from "./world.ts";

const FIRST_SEED = Number(process.env["SEED"] ?? 1);
const SEEDS = process.env["SEED"] === undefined ? 6 : 1;
const STEPS = 600;

const KEY = privateRoom(new Uint8Array(32).fill(7));

/** Whether people go out of the private room, and may come back. */
interface Wish {
  readonly leaves: boolean;
}

test.each([
  ["stay in a private room, all is heard", { leaves: false }],
  ["leave it and come back, all else is heard", { leaves: true }],
])(
  "where people %s, and a stranger learns nothing",
  (_, wish) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      try {
        const world = new World("ann", "bob", "cem", "eve");
        const made = chaos(seed, world, wish);
        expect(made).toBeGreaterThan(20);
        calm(world);
        expectNothingWaits(world);
        expectHeard(world, wish);
        expectSecret(world);
      } catch (error) {
        throw new Error(`SEED=${seed} bun test privatechaos`, { cause: error });
      }
    }
  },
  30_000,
);

/** Steps in an order that nobody would think of; all but Eve are in the private room. */
function chaos(seed: number, world: World, { leaves }: Wish): number {
  const prng = new Prng(seed, "private");
  const open = world.meet("#lobby");
  const insiders = world.people.slice(0, 3);
  for (const person of insiders) person.chat.join(world.now, "#dev", KEY);
  // Who has not yet written down that they joined have not, after a restart.
  world.settle();
  let texts = 0;
  const say = (person: Person, destination: Destination): void => {
    texts += 1;
    person.chat.send(world.now, destination, `text ${texts}`, `r${texts}`);
  };
  for (let step = 0; step < STEPS; step++) {
    const person = world.person(prng.below(world.people.length));
    const other = world.person(prng.below(world.people.length));
    const isInsider = insiders.includes(person);
    const dice = prng.below(100);
    if (dice < 12 && isInsider) say(person, { kind: "room", room: KEY.room });
    else if (dice < 17) say(person, { kind: "room", room: open });
    else if (dice < 22 && person !== other) say(person, { kind: "direct", peer: other.id });
    else if (dice < 48) world.stepDisk(person);
    else if (dice < 74) world.stepNetwork(person, other);
    else if (dice < 79) world.now += prng.below(4_000);
    else if (dice < 83) person.chat.handleTimeout(world.now);
    else if (dice < 86) person.store.refusing = prng.chance(0.3);
    else if (dice < 90 && person !== other) world.disconnect(person, other);
    else if (dice < 96 && person !== other) world.connect(person, other);
    else if (dice < 97) world.restart(person, prng.below(person.disk.length + 1));
    else if (leaves && isInsider) comeOrGo(world, person);
    if (prng.chance(0.8)) world.drain(person);
  }
  return texts;
}

/** With nothing under way: nobody refuses a part of what is sent, and takes what follows it. */
function comeOrGo(world: World, person: Person): void {
  world.settle();
  if (person.chat.roomCalled("#dev") === undefined) person.chat.join(world.now, "#dev", KEY);
  else person.chat.leave(world.now, "#dev");
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

function expectNothingWaits(world: World): void {
  for (const person of world.people) {
    for (const other of world.people) expect(person.store.waiting(other.id)).toBe(0);
    expect(person.of("refused").filter((fact) => fact.reason === "invalid")).toEqual([]);
  }
}

function expectHeard(world: World, { leaves }: Wish): void {
  const shown = new Set<string>();
  for (const person of world.people) {
    for (const { id } of person.of("message")) shown.add(`${person.id} ${id}`);
  }
  const missing = [...world.made].filter(([id, { entry, recipients }]) => {
    const mayFail = leaves && entry.room === KEY.room;
    return !mayFail && recipients.some((recipient) => !shown.has(`${recipient} ${id}`));
  });
  expect(missing).toEqual([]);
  const members = world.people.slice(0, 3).filter(({ chat }) => chat.rooms().has(KEY.room));
  for (const { id, chat } of members) {
    const others = members.filter((other) => other.id !== id).map((other) => other.id);
    expect([...chat.members(KEY.room)].toSorted()).toEqual(others.toSorted());
  }
}

/** No message from or to Eve names the room, and none of anybody's does but where both are in. */
function expectSecret(world: World): void {
  const eve = world.person(3);
  const told = world.messages.filter(({ from, to }) => from === eve || to === eve);
  const naming = told.filter(({ message }) => toHex(encodeChat(message)).includes(KEY.room));
  expect(naming).toEqual([]);
  expect(eve.of("message").filter(({ entry }) => entry.room === KEY.room)).toEqual([]);
}
