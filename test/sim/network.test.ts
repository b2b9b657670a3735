import { expect, test } from "bun:test";
import { CLEAR, HEADER_BYTES, Link, type Conditions } from "./link.ts";
import { Prng } from "./prng.ts";
import { Probe } from "./probe.ts";
import { World } from "./world.ts";

const DATAGRAMS = 10_000;

const STILL: Conditions = { ...CLEAR, delayMs: 0, jitterMs: 0 };

test("delays lie between the least and the jitter, evenly", () => {
  const delays = transits({ delayMs: 30, jitterMs: 10 }).flat();

  expect(Math.min(...delays)).toBeGreaterThanOrEqual(30);
  expect(Math.max(...delays)).toBeLessThan(40);
  expect(meanOf(delays)).toBeWithin(34.8, 35.2);
});

test.each([0.05, 0.1, 0.2, 0.3])("a loss of %p is that, one by one", (loss) => {
  const lost = transits({ loss }).map((times) => times.length === 0);

  expect(shareOf(lost)).toBeWithin(0.85 * loss, 1.15 * loss);
  const afterLoss = lost.filter((_, i) => lost[i - 1] === true);
  expect(shareOf(afterLoss)).toBeWithin(0.5 * loss, 1.5 * loss);
});

test("losses that come together keep the average", () => {
  const lost = transits({ loss: 0.1, lossRepeat: 0.75 }).map((times) => times.length === 0);

  expect(shareOf(lost)).toBeWithin(0.085, 0.115);
  expect(shareOf(lost.filter((_, i) => lost[i - 1] === true))).toBeWithin(0.7, 0.8);
});

test("no more are lost in a row than may be", () => {
  const lost = transits({ loss: 0.6, lossesInRowMax: 3 }).map((times) => times.length === 0);

  const runs = lost.map((isLost) => (isLost ? "x" : ".")).join("");

  expect(runs).toContain(".xxx.");
  expect(runs).not.toContain("xxxx");
});

test("all are lost where everything is", () => {
  expect(transits({ loss: 1 }).flat()).toEqual([]);
});

test("duplicates and stragglers are as many as asked for", () => {
  const conditions = { delayMs: 10, jitterMs: 0, duplicate: 0.05, reorder: 0.2, reorderMs: 50 };
  const times = transits(conditions);

  expect(shareOf(times.map(({ length }) => length === 2))).toBeWithin(0.04, 0.06);
  expect(shareOf(times.map(([first = 0]) => first > 10))).toBeWithin(0.18, 0.22);
  expect(Math.max(...times.flat())).toBeLessThanOrEqual(60);
});

test("a bottleneck spreads datagrams out and drops those that its queue has no room for", () => {
  const conditions = { ...STILL, bitsPerSecond: 800_000, queueBytes: 5_000 };

  const times = burst(conditions, { count: 10, bytes: 1000 - HEADER_BYTES });

  expect(times.flat()).toEqual([10, 20, 30, 40, 50]);
});

test("a bottleneck carries its rate and no more, however much is sent", () => {
  const link = new Link();
  const prng = new Prng(1, "test");
  const conditions = { ...STILL, bitsPerSecond: 10_000_000, queueBytes: 25_000 };

  let carried = 0;
  for (let now = 0; now < 1000; now += 0.5) {
    carried += link.transit(now, conditions, 1250 - HEADER_BYTES, prng).length;
  }

  // A second of ten megabits is 1000 such datagrams, and the queue holds 20 more.
  expect(carried).toBeWithin(1000, 1021);
});

test("what is larger than a link's MTU vanishes, and nothing smaller", () => {
  const sizes = [1471, 1472, 1473].map((bytes) => burst(STILL, { count: 1, bytes }).flat().length);

  expect(sizes).toEqual([1, 1, 0]);
});

test("a blackhole swallows what is sent into it", () => {
  const conditions = { ...STILL, blackhole: { everyMs: 7_000, forMs: 2_000 } };

  const heard = [0, 4_999, 5_000, 6_999, 7_000].map((now) => {
    return burst(conditions, { count: 1, bytes: 100, now }).flat().length;
  });

  expect(heard).toEqual([1, 1, 0, 0, 1]);
});

test("a clogged link delivers nothing for a while, then all at once", () => {
  const conditions = { ...STILL, delayMs: 10, clog: { everyMs: 1_000, forMs: 300 } };

  const times = [0, 680, 700, 900, 995].flatMap((now) => {
    return burst(conditions, { count: 1, bytes: 100, now }).flat();
  });

  expect(times).toEqual([10, 690, 1_000, 1_000, 1_005]);
});

test("what is replayed comes once in its time and again later", () => {
  const times = transits({ delayMs: 10, jitterMs: 0, replay: 0.5, replayMs: 1_000 });

  expect(shareOf(times.map(({ length }) => length === 2))).toBeWithin(0.48, 0.52);
  expect(times.every(([first]) => first === 10)).toBe(true);
  expect(meanOf(times.flatMap(([, again]) => again ?? []))).toBeWithin(490, 530);
});

test("corruption flips one to three bits and leaves the length", () => {
  const { world, ann, bob } = friends({ corrupt: 1 });
  const text = "\0".repeat(100);

  for (let i = 0; i < 20; i++) ann.say(bob.address, text);
  world.runFor(100);

  expect(bob.heard).toHaveLength(20);
  expect(bob.texts).not.toContain(text);
});

test("who sends to nowhere, or where nobody listens, is told so as often as asked for", () => {
  for (const errorReports of [0, 1]) {
    const { world, ann, bob } = friends({ errorReports });
    bob.process.port = 1;

    ann.say(bob.address.replace(":1", ":2"), "hello");
    ann.say("12.0.0.1:9", "hello");
    ann.say("192.168.7.7:9", "hello");
    world.runFor(100);

    const errors = ann.errors.map(({ error }) => error).toSorted();
    expect(errors).toEqual(errorReports === 0 ? [] : ["refused", "unreachable", "unreachable"]);
  }
});

test("a cut goes one way and heals", () => {
  const { world, ann, bob } = friends({});
  const [a, b] = [ann.process.host, bob.process.host];

  world.network.cut(a, b);
  ann.say(bob.address, "lost");
  bob.say(ann.address, "found");
  world.runFor(100);
  world.network.heal(a, b);
  ann.say(bob.address, "found too");
  world.runFor(100);

  expect(bob.texts).toEqual(["found too"]);
  expect(ann.texts).toEqual(["found"]);
});

test("one link can be worse than the rest of its segment, one way", () => {
  const { world, ann, bob } = friends({ delayMs: 10, jitterMs: 0 });
  const slow = world.network.link(ann.process.host, bob.process.host);
  slow.conditions = { ...CLEAR, delayMs: 500, jitterMs: 0 };

  ann.say(bob.address, "?hello");
  world.runUntil(() => ann.heard.length > 0, 1000);

  expect(world.elapsedMs).toBe(510);
});

test("two homes have the same private addresses, and neither reaches the other by them", () => {
  const world = new World(1);
  const probes = ["ann", "bob"].map((name) => {
    return new Probe(world, name, { on: world.network.router(`${name}'s home`).inside });
  });

  for (const probe of probes) probe.say("192.168.1.2:40000", `from ${probe.process.name}`);
  world.runFor(100);

  expect(probes.map(({ texts }) => texts)).toEqual([["from ann"], ["from bob"]]);
});

test("a host that moves to another segment is told its new addresses and leaves the old", () => {
  const world = new World(1);
  const home = world.network.router("home");
  const server = new Probe(world, "server");
  const ann = new Probe(world, "ann", { on: home.inside });
  ann.say(server.address, "at home");
  world.runFor(100);

  const host = ann.process.host;
  world.network.attach(host, world.network.internet);
  world.network.detach(host, home.inside);
  ann.process.refreshNetwork();
  ann.say(server.address, "abroad");
  server.say(server.heard[0]?.from ?? "", "too late");
  world.runFor(100);

  expect(ann.networks.map((ips) => ips.length)).toEqual([1, 1]);
  expect(server.heard[1]?.from).toBe(ann.address as never);
  expect(ann.texts).toEqual([]);
});

test("with two interfaces the near one is used for what is near", () => {
  const world = new World(1);
  const home = world.network.router("home");
  const ann = new Probe(world, "ann");
  const bob = new Probe(world, "bob", { on: home.inside });
  world.network.attach(ann.process.host, home.inside);

  ann.say(bob.address, "?hello");
  world.runFor(5);

  expect(bob.heard[0]?.from).toStartWith("192.168.1.");
  expect(ann.texts).toEqual(["hello"]);
});

/** When each copy of many datagrams, sent at 0, arrives. */
function transits(conditions: Partial<Conditions>): (readonly number[])[] {
  const link = new Link();
  const prng = new Prng(1, "test");
  return Array.from({ length: DATAGRAMS }, () => {
    return link.transit(0, { ...CLEAR, ...conditions }, 100, prng);
  });
}

/** When each of `count` datagrams arrives that are sent at once on a link of its own. */
function burst(
  conditions: Conditions,
  { count, bytes, now = 0 }: { count: number; bytes: number; now?: number },
): (readonly number[])[] {
  const link = new Link();
  const prng = new Prng(1, "test");
  return Array.from({ length: count }, () => link.transit(now, conditions, bytes, prng));
}

function friends(conditions: Partial<Conditions>): { world: World; ann: Probe; bob: Probe } {
  const world = new World(1);
  world.network.internet.conditions = { ...CLEAR, ...conditions };
  return { world, ann: new Probe(world, "ann"), bob: new Probe(world, "bob") };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function shareOf(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}
