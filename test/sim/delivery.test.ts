import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import type { Conditions } from "./link.ts";
import type { NatBehaviour } from "./nat.ts";
import { simulate, type Simulation } from "./scenario.ts";

const PORT_RESTRICTED: Partial<NatBehaviour> = { filtering: "address-and-port-dependent" };
const ROUGH: Partial<Conditions> = {
  loss: 0.2,
  duplicate: 0.05,
  reorder: 0.2,
  reorderMs: 100,
  jitterMs: 10,
};
const MINUTE_MS = 60_000;

test.each([1, 2, 3, 4])(
  "seed %i: at 20 %% loss, doubled and out of order, all arrives once, in order",
  (seed) => {
    const { sim, people } = company(seed, ROUGH);
    const texts = new Map(people.map((client) => [client, sayMany(sim, client, "#lobby", 40)]));

    sim.world.runUntil(() => isAllDelivered(people, texts), 2 * MINUTE_MS);

    for (const reader of people) {
      for (const [author, said] of texts) {
        if (author !== reader) expect(reader.heard(author)).toEqual(said);
      }
    }
    expect(isAllDelivered(people, texts)).toBe(true);
    sim.check();
  },
);

test.each([1, 2, 3])("seed %i: long texts and direct ones arrive whole at 20 %% loss", (seed) => {
  const { sim, people } = company(seed, { ...ROUGH, corrupt: 0.02 });
  const [ann, bob] = pairOf(people);
  const long = `long ${"x".repeat(60_000)}`;

  ann.say("@bob", long);
  ann.say("@bob", "short");
  sim.world.runUntil(
    () => ann.isDelivered("short", bob) && ann.isDelivered(long, bob),
    2 * MINUTE_MS,
  );

  expect(bob.heard(ann)).toEqual([long, "short"]);
  sim.check();
});

test("50 of 50 connect at 30 % loss each way, at most three in a row, and say a word", () => {
  const conditions = { delayMs: 15, jitterMs: 0, loss: 0.3, lossesInRowMax: 3 };
  const seeds = Array.from({ length: 50 }, (_, i) => i + 1);

  const failures = seeds.filter((seed) => {
    const { sim, people } = company(seed, conditions, ["ann", "bob"]);
    const [ann, bob] = pairOf(people);
    ann.say("@bob", "hello");
    const isDone = sim.world.runUntil(() => ann.isDelivered("hello", bob), 30_000);
    sim.check();
    return !isDone;
  });

  expect(failures).toEqual([]);
});

test("a full disk never yields a delivered, and once there is room everything arrives", () => {
  const { sim, people } = company(1, {});
  const [ann, bob] = pairOf(people);

  bob.disk.isFull = true;
  const texts = sayMany(sim, ann, "@bob", 20);
  sim.world.runFor(MINUTE_MS);
  expect(texts.filter((text) => ann.isDelivered(text, bob))).toEqual([]);
  expect(bob.heard()).toEqual([]);
  expect(bob.disk.failures).toBeGreaterThan(0);

  bob.disk.isFull = false;
  sim.world.runUntil(() => texts.every((text) => ann.isDelivered(text, bob)), MINUTE_MS);

  expect(bob.heard(ann)).toEqual(texts);
  expect(texts.every((text) => ann.isDelivered(text, bob))).toBe(true);
  sim.check();
});

test.each([1, 2, 3])(
  "seed %i: what a disk that fails now and then let through arrives once",
  (seed) => {
    const { sim, people } = company(seed, { loss: 0.05 });
    const [ann, bob] = pairOf(people);
    for (const { disk } of people) disk.failure = 0.3;

    const texts = sayMany(sim, ann, "@bob", 30);
    sim.world.runFor(MINUTE_MS);
    for (const { disk } of people) disk.failure = 0;
    const isDone = (): boolean => ann.written().every((text) => ann.isDelivered(text, bob));
    sim.world.runUntil(isDone, MINUTE_MS);

    expect(bob.heard(ann)).toEqual(texts.filter((text) => ann.written().includes(text)));
    expect(isDone()).toBe(true);
    sim.check();
  },
);

test("a partition of a minute heals: what was said in it is everywhere within another", () => {
  const { sim, people } = company(1, { loss: 0.05 });
  const [ann, bob, cat] = people;
  if (ann === undefined || bob === undefined || cat === undefined) throw new Error("three came");
  const separate = (how: "cut" | "heal"): void => {
    for (const other of [bob, cat]) {
      sim.world.network[how](ann.process.host, other.process.host);
      sim.world.network[how](other.process.host, ann.process.host);
    }
  };

  separate("cut");
  const texts = new Map(people.map((client) => [client, sayMany(sim, client, "#lobby", 10)]));
  sim.world.runFor(MINUTE_MS);
  expect(ann.heard(bob)).toEqual([]);
  separate("heal");
  sim.world.runUntil(() => isAllDelivered(people, texts), MINUTE_MS);

  expect(isAllDelivered(people, texts)).toBe(true);
  expect(ann.heard(bob)).toEqual(texts.get(bob) ?? []);
  sim.check();
});

test("who can be heard but does not hear is met again once both directions work", () => {
  const { sim, people } = company(1, {});
  const [ann, bob] = pairOf(people);

  sim.world.network.cut(ann.process.host, bob.process.host);
  const texts = sayMany(sim, ann, "@bob", 5);
  sim.world.runFor(MINUTE_MS);
  sim.world.network.heal(ann.process.host, bob.process.host);
  sim.world.runUntil(() => texts.every((text) => ann.isDelivered(text, bob)), MINUTE_MS);

  expect(bob.heard(ann)).toEqual(texts);
  sim.check();
});

test("a handshake that took long for its losses does not make the session slow", () => {
  const sim = simulate(1);
  sim.server();
  const [ann, bob] = [sim.client("ann"), sim.client("bob")];
  const { network } = sim.world;
  const switchTo = (how: "cut" | "heal"): void => {
    network[how](ann.process.host, bob.process.host);
    network[how](bob.process.host, ann.process.host);
  };
  switchTo("cut");
  sim.world.runFor(10_000);
  switchTo("heal");
  expect(sim.gather([ann, bob])).toBe(true);

  switchTo("cut");
  ann.say("@bob", "to bob");
  bob.say("@ann", "to ann");
  sim.world.runFor(500);
  switchTo("heal");
  sim.world.runFor(3_000);

  expect(ann.isDelivered("to bob", bob)).toBe(true);
  expect(bob.isDelivered("to ann", ann)).toBe(true);
  sim.check();
});

test("a router that forgets its mappings interrupts nobody for long", () => {
  const { sim, people, homes } = company(1, {});
  const [ann, bob] = pairOf(people);

  const texts = sayMany(sim, ann, "@bob", 5);
  for (const home of homes) home.nat.restart();
  texts.push(...sayMany(sim, ann, "@bob", 5, 5));
  sim.world.runUntil(() => texts.every((text) => ann.isDelivered(text, bob)), MINUTE_MS);

  expect(bob.heard(ann)).toEqual(texts);
  sim.check();
});

test("without the server those who are connected go on, and when it is back all are there", () => {
  const { sim, people, server } = company(1, { loss: 0.05 });
  const [ann, bob] = pairOf(people);

  server.kill();
  const texts = sayMany(sim, ann, "#lobby", 20);
  sim.world.runUntil(() => texts.every((text) => ann.isDelivered(text, bob)), MINUTE_MS);
  expect(bob.heard(ann)).toEqual(texts);
  server.start();
  sim.world.runFor(30_000);
  server.command({ type: "list", req: "who is there" });
  sim.world.runFor(0);

  const reply = server.events.findLast((event) => event.type === "reply");
  expect(reply?.command === "list" && reply.clients.map(({ name }) => name).toSorted()).toEqual([
    "ann",
    "bob",
    "cat",
  ]);
  const dan = sim.client("dan");
  expect(sim.gather([...people, dan])).toBe(true);
  sim.check();
});

test("a process that stood still for ten seconds has missed nothing", () => {
  const { sim, people } = company(1, {});
  const [ann, bob] = pairOf(people);

  bob.process.pause(10_000);
  const texts = sayMany(sim, ann, "@bob", 10);
  sim.world.runUntil(() => texts.every((text) => ann.isDelivered(text, bob)), MINUTE_MS);

  expect(bob.heard(ann)).toEqual(texts);
  sim.check();
});

test("clocks that differ by a day disturb neither order nor delivery", () => {
  const sim = simulate(1);
  sim.server();
  const ann = sim.client("ann", { clockOffsetMs: 86_400_000 });
  const bob = sim.client("bob", { clockOffsetMs: -86_400_000 });
  expect(sim.gather([ann, bob])).toBe(true);

  const texts = sayMany(sim, ann, "#lobby", 5);
  const answers = sayMany(sim, bob, "#lobby", 5);
  sim.world.runFor(10_000);

  expect(bob.heard(ann)).toEqual(texts);
  expect(ann.heard(bob)).toEqual(answers);
  sim.check();
});

/** People in the lobby, each behind a router of their own, who have met. */
function company(
  seed: number,
  conditions: Partial<Conditions>,
  names: readonly string[] = ["ann", "bob", "cat"],
) {
  const sim = simulate(seed, { conditions });
  const server = sim.server();
  const homes = names.map((name) => sim.nat(`${name}'s home`, PORT_RESTRICTED));
  const people = names.map((name, i) => {
    return sim.client(name, { ...(homes[i] && { behind: homes[i] }) });
  });
  expect(sim.gather(people, MINUTE_MS)).toBe(true);
  return { sim, server, people, homes };
}

function pairOf([ann, bob]: readonly Client[]): readonly [Client, Client] {
  if (ann === undefined || bob === undefined) throw new Error("two came");
  return [ann, bob];
}

/** One text every 50 ms. */
function sayMany(sim: Simulation, client: Client, to: string, count: number, from = 0): string[] {
  const texts = Array.from({ length: count }, (_, i) => `${client.name} to ${to}: ${from + i}`);
  for (const text of texts) {
    client.say(to, text);
    sim.world.runFor(50);
  }
  return texts;
}

function isAllDelivered(people: readonly Client[], said: ReadonlyMap<Client, readonly string[]>) {
  return people.every((reader) => {
    return [...said].every(([author, texts]) => {
      return author === reader || texts.every((text) => author.isDelivered(text, reader));
    });
  });
}
