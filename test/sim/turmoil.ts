import type { Client } from "./client.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";

/** How long things go wrong, and how long they may then take to come right. */
const TROUBLE_MS = 60_000;
const PEACE_MS = 60_000;

const NAMES = ["ann", "bob", "cat"] as const;

export interface Aftermath {
  readonly seed: number;
  readonly said: number;
  /** What somebody wrote to disk and a member has not been shown, or has but nobody knows. */
  readonly missing: readonly string[];
  readonly trace: string;
}

/**
 * People talk while everything happens that may: processes die between and inside turns and come
 * back, stand still, are cut off one way or both; disks fail; routers forget; the server goes away.
 * Then peace. The odds differ from seed to seed.
 */
export function turmoil(seed: number): Aftermath {
  const prng = new Prng(seed, "turmoil");
  const sim = simulate(seed, {
    conditions: {
      delayMs: 5 + prng.below(95),
      jitterMs: prng.below(30),
      loss: 0.3 * prng.unit(),
      lossRepeat: 0.5 * prng.unit(),
      duplicate: 0.1 * prng.unit(),
      reorder: 0.2 * prng.unit(),
      corrupt: 0.05 * prng.unit(),
    },
  });
  const server = sim.server();
  const people = NAMES.map((name) => {
    const filtering = "address-and-port-dependent" as const;
    return sim.client(name, { behind: sim.nat(`${name}'s home`, { filtering }) });
  });
  sim.gather(people, PEACE_MS);

  let said = 0;
  const endMs = sim.world.now + TROUBLE_MS;
  while (sim.world.now < endMs) {
    const speaker = pick(prng, people);
    speaker.say("#lobby", `${speaker.name} says ${said++}`);
    if (prng.chance(0.2)) makeTrouble(sim, prng, people);
    if (prng.chance(0.02)) {
      server.kill();
      sim.world.after(1 + prng.below(5_000), () => !server.isRunning && server.start());
    }
    sim.world.runFor(prng.below(500));
  }
  const missing = makePeace(sim, people, server);
  sim.check();
  return { seed, said, missing, trace: sim.world.trace.digest() };
}

function makeTrouble(sim: Simulation, prng: Prng, people: readonly Client[]): void {
  const { world } = sim;
  const [victim, other] = [pick(prng, people), pick(prng, people)];
  const later = (call: () => void): void => world.after(1 + prng.below(8_000), call);
  switch (prng.below(6)) {
    case 0: {
      const points = [undefined, "before commit", "after commit"] as const;
      victim.kill(points[prng.below(points.length)]);
      return later(() => {
        victim.kill();
        victim.start();
      });
    }
    case 1:
      return victim.process.pause(prng.below(3_000));
    case 2:
      victim.disk.failure = prng.unit();
      return later(() => (victim.disk.failure = 0));
    case 3:
      victim.disk.isFull = true;
      return later(() => (victim.disk.isFull = false));
    case 4: {
      const [from, to] = [victim.process.host, other.process.host];
      world.network.cut(from, to);
      return later(() => world.network.heal(from, to));
    }
    default: {
      const segment = victim.process.host.attachments[0]?.segment;
      return segment?.gateway?.nat.restart();
    }
  }
}

/** Ends all trouble and gives everybody time; what is missing then. */
function makePeace(
  sim: Simulation,
  people: readonly Client[],
  server: ReturnType<Simulation["server"]>,
): string[] {
  sim.world.runFor(8_000);
  for (const person of people) {
    person.disk.failure = 0;
    person.disk.isFull = false;
    person.process.spare();
    if (!person.process.isRunning) person.start();
  }
  if (!server.isRunning) server.start();
  sim.world.runUntil(() => missingOf(people).length === 0, PEACE_MS);
  return missingOf(people);
}

function missingOf(people: readonly Client[]): string[] {
  return people.flatMap((author) => {
    const written = author.written();
    return people.flatMap((reader) => {
      if (reader === author) return [];
      const heard = new Set(reader.heard(author));
      const lacking = written.filter((text) => !heard.has(text));
      const waiting = author.waitingFor(reader);
      return [
        ...lacking.map((text) => `${reader.name} lacks: ${text}`),
        ...(waiting > 0 ? [`${waiting} of ${author.name}'s wait for ${reader.name}`] : []),
      ];
    });
  });
}

function pick(prng: Prng, people: readonly Client[]): Client {
  const person = people[prng.below(people.length)];
  if (person === undefined) throw new Error("nobody is there");
  return person;
}
