import { expect, test } from "bun:test";
import type { Loaded, Write } from "../../lib/node/machine.ts";
import { FaultyDisk, type Disk } from "./disk.ts";
import { CLEAR } from "./link.ts";
import { ALARM, DISK, Probe } from "./probe.ts";
import { BEGINNING_MS, World } from "./world.ts";

const STEADY = { ...CLEAR, delayMs: 10, jitterMs: 0, errorReports: 1 };

/** A disk that keeps what it is given, to be looked at. */
class OpenDisk implements Disk {
  readonly commits: (readonly Write[])[] = [];

  commit(writes: readonly Write[]): boolean {
    this.commits.push(writes);
    return true;
  }

  load(): Loaded {
    return { kind: "outbox", rows: [] };
  }
}

test("the same seed gives the same trace, another seed another", () => {
  const traces = [7, 7, 8].map((seed) => chatter(seed).trace.digest());

  expect(traces[1]).toBe(traces[0]);
  expect(traces[2]).not.toBe(traces[0]);
});

test("inputs of one instant are one turn, in the order of their arrival", () => {
  const { world, ann, bob } = friends();

  for (const text of ["one", "two", "three"]) ann.say(bob.address, text);
  world.runFor(100);

  expect(bob.texts).toEqual(["one", "two", "three"]);
  expect(bob.turns).toEqual([3]);
});

test("a turn's stores are one transaction, whose answers begin the next turn", () => {
  const disk = new OpenDisk();
  const world = new World(1);
  const ann = new Probe(world, "ann", {}, disk);

  ann.say(DISK, "2");
  ann.say(DISK, "3");
  world.runFor(1);

  expect(disk.commits.map((writes) => writes.length)).toEqual([5]);
  expect(ann.stored).toEqual([
    { token: 1, ok: true },
    { token: 2, ok: true },
  ]);
  expect(ann.turns).toEqual([2, 2]);
});

test("a full disk answers no and keeps what it has", () => {
  const below = new OpenDisk();
  const disk = new FaultyDisk(below, 1, "ann");
  const world = new World(1);
  const ann = new Probe(world, "ann", {}, disk);

  ann.say(DISK, "1");
  world.runFor(1);
  disk.isFull = true;
  ann.say(DISK, "2");
  world.runFor(1);

  expect(ann.stored.map(({ ok }) => ok)).toEqual([true, false]);
  expect(below.commits.map((writes) => writes.length)).toEqual([1]);
});

test("a failing disk fails about as often as it is told to", () => {
  const disk = new FaultyDisk(new OpenDisk(), 1, "ann");
  disk.failure = 0.1;

  for (let i = 0; i < 2000; i++) disk.commit([]);

  expect(disk.failures).toBeWithin(150, 250);
});

test("a machine is woken exactly when it asked to be", () => {
  const { world, ann } = friends();

  ann.say(ALARM, "1234.5");
  world.runFor(1234);
  expect(ann.alarms).toEqual([]);
  world.runFor(10);

  expect(ann.alarms).toEqual([BEGINNING_MS + 1234.5]);
});

test("every host has its own clock", () => {
  const world = new World(1);
  const ann = new Probe(world, "ann", { clockOffsetMs: -86_400_000 });

  ann.say(ALARM, "0.25");
  world.runFor(1);

  expect(ann.alarms).toEqual([BEGINNING_MS - 86_400_000 + 0.25]);
});

test("what reaches a paused process is one turn afterwards", () => {
  const { world, ann, bob } = friends();

  bob.say(ALARM, "50");
  world.runFor(0);
  bob.process.pause(1000);
  for (let i = 0; i < 5; i++) {
    ann.say(bob.address, `${i}`);
    world.runFor(20);
  }
  expect(bob.texts).toEqual([]);
  world.runFor(1000);

  expect(bob.texts).toEqual(["0", "1", "2", "3", "4"]);
  expect(bob.alarms).toEqual([BEGINNING_MS + 1000]);
  expect(bob.turns).toEqual([1, 6]);
});

test("a process that reads nothing keeps no more than a kernel would", () => {
  const { world, ann, bob } = friends();

  bob.process.pause(1000);
  for (let i = 0; i < 300; i++) ann.say(bob.address, `${i}`);
  world.runFor(2000);

  // 212 992 bytes, of which the smallest datagram takes 768 and a full one 2304.
  expect(bob.heard).toHaveLength(277);
});

test("a killed process hears nothing, and a new one starts on the same disk", () => {
  const { world, ann, bob } = friends();

  bob.say(ALARM, "50");
  world.runFor(1);
  bob.process.kill();
  ann.say(bob.address, "lost");
  world.runFor(100);
  bob.process.start();
  ann.say(bob.address, "found");
  world.runFor(100);

  expect(bob.texts).toEqual(["found"]);
  expect(bob.alarms).toEqual([]);
  expect(bob.ports).toHaveLength(2);
  expect(ann.errors.map(({ error }) => error)).toEqual(["refused"]);
});

test.each([
  ["before commit", 0],
  ["after commit", 1],
] as const)("a process that dies %s leaves %i commits and hears no answer", (point, commits) => {
  const disk = new OpenDisk();
  const world = new World(1);
  const ann = new Probe(world, "ann", {}, disk);

  ann.process.kill(point);
  ann.say(DISK, "1");
  world.runFor(1);

  expect(disk.commits).toHaveLength(commits);
  expect(ann.stored).toEqual([]);
  expect(ann.process.isRunning).toBe(false);
});

test("a slow disk holds its process up", () => {
  const { world, ann, bob } = friends();

  bob.process.commitMs = 500;
  bob.say(DISK, "1");
  ann.say(bob.address, "?hello");
  world.runFor(400);
  expect(bob.stored).toEqual([]);
  world.runFor(200);

  expect(bob.stored).toEqual([{ token: 1, ok: true }]);
  expect(ann.texts).toEqual(["hello"]);
});

test("a machine that asks to be woken at no time at all is found out", () => {
  const { world, ann } = friends();

  ann.say(ALARM, "NaN");

  expect(() => world.runFor(10)).toThrow("seed 1");
});

test("an instant that never ends is found out", () => {
  const { world } = friends();
  const again = (): void => world.after(0, again);

  again();

  expect(() => world.runFor(10)).toThrow("time goes on");
});

test("runUntil stops at once when its predicate holds, and at its deadline when not", () => {
  const { world, ann, bob } = friends();

  ann.say(bob.address, "hello");

  expect(world.runUntil(() => bob.heard.length > 0, 1000)).toBe(true);
  expect(world.elapsedMs).toBe(10);
  expect(world.runUntil(() => bob.heard.length > 1, 1000)).toBe(false);
  expect(world.elapsedMs).toBe(1010);
});

test("runUntilQuiet waits for what is under way, not for a distant alarm", () => {
  const { world, ann, bob } = friends();

  bob.say(ALARM, "30000");
  ann.say(bob.address, "?hello");

  expect(world.runUntilQuiet()).toBe(true);
  expect(ann.texts).toEqual(["hello"]);
  expect(world.elapsedMs).toBe(20);
});

function friends(): { world: World; ann: Probe; bob: Probe } {
  const world = new World(1);
  world.network.internet.conditions = STEADY;
  return { world, ann: new Probe(world, "ann"), bob: new Probe(world, "bob") };
}

/** Three hosts talk at random over a bad network. */
function chatter(seed: number): World {
  const world = new World(seed);
  world.network.internet.conditions = { ...CLEAR, loss: 0.2, duplicate: 0.1, corrupt: 0.1 };
  const probes = ["ann", "bob", "cat"].map((name) => new Probe(world, name));
  for (let i = 0; i < 30; i++) {
    const [from, to] = [probes[i % 3], probes[(i * 7 + 1) % 3]];
    if (from && to) from.say(to.address, `?${i}`);
    world.runFor(10);
  }
  expect(world.trace.entries).toBeGreaterThan(50);
  return world;
}
