import { privateRoom } from "../../lib/chat/rooms.ts";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import { CLEAR } from "./link.ts";
import { Prng } from "./prng.ts";
import { roughPath } from "./roughpath.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf } from "./site.ts";

/** How long things go wrong, before the lull and after it. */
const TROUBLE_MS = 12_000;

/** With the trouble before it more than the age at which keys are renewed, 120 s. */
const LULL_MS = 110_000;

/** No fault lasts longer. */
const FAULT_MS_MAX = 8_000;

/** How long everything may take to come right once all faults are over. */
const PEACE_MS = 60_000;

/** Of the room that they talk in, in half of the seeds. */
const PRIVATE = privateRoom(new Uint8Array(32).fill(7));

const NAMES = ["ann", "bob", "cat"] as const;

/** Whoever is behind one of these can meet whoever is behind any other. */
const HOMES: readonly KindName[] = [
  "address-restricted",
  "port-restricted",
  "rejecting",
  "block-independent",
  "carrier-restricted",
  "paired-pool",
  "short-lived",
  "aged",
];

export interface Aftermath {
  readonly seed: number;
  readonly said: number;
  /** What somebody wrote to disk and a member has not been shown, or has but nobody knows. */
  readonly missing: readonly string[];
  /** Keys that sealed packets: of sessions, and of their renewals. */
  readonly keys: number;
  readonly trace: string;
}

/**
 * People talk while everything happens that may: processes die between and inside turns and come
 * back, stand still, are cut off one way or both; disks fail; routers forget, and get other ports
 * and addresses; the server goes away. In between is a lull in which keys are renewed. Then peace.
 * In half of the seeds the room is a private one.
 * Paths and odds differ from seed to seed.
 */
export function turmoil(seed: number): Aftermath {
  const prng = new Prng(seed, "turmoil");
  const sim = simulate(seed, { conditions: roughPath(prng) });
  const server = sim.server();
  const lobbyKey = seed % 2 === 0 ? PRIVATE : undefined;
  const people = NAMES.map((name) => {
    const { routers, families } = siteOf(sim, pick(prng, HOMES), prng);
    return sim.client(name, { behind: routers[0], families, lobbyKey });
  });
  sim.gather(people, PEACE_MS);

  let said = 0;
  const rage = (): void => {
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
  };
  rage();
  sim.world.runFor(LULL_MS);
  rage();
  const missing = makePeace(sim, people, server);
  sim.check();
  return { seed, said, missing, keys: sim.invariants.keys, trace: sim.world.trace.digest() };
}

function makeTrouble(sim: Simulation, prng: Prng, people: readonly Client[]): void {
  const { world } = sim;
  const [victim, other] = [pick(prng, people), pick(prng, people)];
  const router = victim.process.host.attachments[0]?.segment.gateway;
  const later = (call: () => void): void => world.after(1 + prng.below(FAULT_MS_MAX), call);
  switch (prng.below(8)) {
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
    case 5:
      return router?.nat.rebind();
    case 6:
      return router && world.network.readdress(router);
    default:
      return router?.nat.restart();
  }
}

/** Ends all trouble and gives everybody time; what is missing then. */
function makePeace(
  sim: Simulation,
  people: readonly Client[],
  server: ReturnType<Simulation["server"]>,
): string[] {
  sim.world.runFor(FAULT_MS_MAX);
  sim.world.network.internet.conditions = CLEAR;
  for (const person of people) {
    person.disk.failure = 0;
    person.disk.isFull = false;
    person.process.spare();
    if (!person.process.isRunning) person.start();
  }
  if (!server.isRunning) server.start();
  sim.world.runUntil(() => isNoneMissing(people), PEACE_MS);
  return missingOf(people);
}

/** The same as a question, asked after every datagram: what waits is counted, not read. */
function isNoneMissing(people: readonly Client[]): boolean {
  const isWaiting = people.some((author) => {
    return people.some((reader) => reader !== author && author.waitingFor(reader) > 0);
  });
  return !isWaiting && missingOf(people).length === 0;
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

function pick<Item>(prng: Prng, items: readonly Item[]): Item {
  const item = items[prng.below(items.length)];
  if (item === undefined) throw new Error("Nothing is there to pick from");
  return item;
}
