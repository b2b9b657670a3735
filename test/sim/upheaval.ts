import { encodeUtf8 } from "../../lib/base/text.ts";
import type { RoomId } from "../../lib/base/ids.ts";
import type { RoomKey } from "../../lib/chat/membership.ts";
import { messageId, parseMessageId } from "../../lib/chat/messageid.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import { openRoom, privateRoom } from "../../lib/chat/rooms.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { decodeRun } from "../../lib/wire/entry.ts";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import { CLEAR, type Conditions } from "./link.ts";
import type { HostStation } from "./network.ts";
import { Prng } from "./prng.ts";
import { RoomWatch } from "./roomwatch.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf } from "./site.ts";

const TEN_YEARS_MS = 315_576_000_000;

/** How long things go wrong. */
const UPHEAVAL_MS = 40_000;

/** No absence and no partition lasts longer. */
const FAULT_MS_MAX = 15_000;

/** Who quits is gone after so long. */
const FAREWELL_MS = 3_000;

/** All is the same everywhere within so long of the healing. */
const PEACE_MS = 60_000;

/** Between two looks at whether it is. */
const LOOK_MS = 250;

/** Whoever is behind one of these meets whoever is behind any other, or at a harder one. */
const HOMES: readonly KindName[] = [
  "open",
  "full-cone",
  "address-restricted",
  "port-restricted",
  "block-independent",
  "carrier-restricted",
];
const HARD_HOME: KindName = "symmetric-sequential";

/** One that is open, and one that takes a secret. */
const KEY: RoomKey = { ...privateRoom(sha256(encodeUtf8("a secret"))), invitation: undefined };
const ROOMS: ReadonlyMap<string, RoomId> = new Map([
  ["#lobby", openRoom("#lobby")],
  ["#den", KEY.room],
]);
const ROOM_NAMES = [...ROOMS.keys()];

/** What came of one seed. */
export interface Upheaval {
  readonly people: number;
  readonly said: number;
  /** How long after the healing all was the same, in ms. */
  readonly tookMs: number;
  readonly troubles: readonly string[];
  readonly trace: string;
}

/**
 * 2 to 12 people behind routers of all kinds, with clocks that are wrong by up to ten years, talk
 * in two rooms over paths that lose: they come late, go, die, come back, leave a room and join it
 * again, keep no more than some of it, and are parted. Then all of that ends, though some are away,
 * and everybody who is there must come to hold the same.
 */
export function upheaval(seed: number): Upheaval {
  const prng = new Prng(seed, "upheaval");
  const sim = simulate(seed, { conditions: lossyPath(prng) });
  const watch = new RoomWatch(ROOMS);
  sim.world.watch(watch);
  sim.server();
  const count = seed % 20 === 1 ? 12 : 2 + prng.below(6);
  const people = Array.from({ length: count }, (_, i) => {
    const isHard = i === 2 && prng.chance(0.5);
    const { routers, families } = siteOf(sim, isHard ? HARD_HOME : pick(prng, HOMES), prng);
    const isRight = prng.chance(0.4);
    const clockOffsetMs = isRight ? 0 : Math.floor((2 * prng.unit() - 1) * TEN_YEARS_MS);
    const place = { behind: routers[0], families, surveys: true };
    return sim.client(`person${i}`, { ...place, clockOffsetMs });
  });
  const company = new Company(sim, prng, people);
  const said = company.live();
  company.makePeace();
  const healedAtMs = sim.world.now;
  const look = () => [...company.differences(), ...company.unknown()];
  let lacking = look();
  while (lacking.length > 0 && sim.world.now < healedAtMs + PEACE_MS) {
    sim.world.runFor(LOOK_MS);
    lacking = look();
  }
  const tookMs = sim.world.now - healedAtMs;
  const shown = [...company.misshown(watch), ...company.misread(), ...watch.troubles];
  const troubles = [...lacking, ...shown];
  sim.check();
  return { people: count, said, tookMs, troubles, trace: sim.world.trace.digest() };
}

/** As bad as lines at home get. */
function lossyPath(prng: Prng): Partial<Conditions> {
  return {
    delayMs: 5 + prng.below(95),
    jitterMs: prng.below(30),
    loss: 0.15 * prng.unit(),
    duplicate: 0.05 * prng.unit(),
    reorder: 0.1 * prng.unit(),
    replay: 0.2 * prng.unit(),
  };
}

/** The people of a world, and what befalls them. */
class Company {
  readonly #sim: Simulation;
  readonly #prng: Prng;
  readonly #people: readonly Client[];
  readonly #cuts: (readonly [HostStation, HostStation])[] = [];
  /** Whoever does not come back. */
  readonly #gone = new Set<Client>();
  /** Which life of theirs each has last asked to end. */
  readonly #ending = new Map<Client, number>();

  constructor(sim: Simulation, prng: Prng, people: readonly Client[]) {
    this.#sim = sim;
    this.#prng = prng;
    this.#people = people;
  }

  /** Things go wrong; how much was said. */
  live(): number {
    const { world } = this.#sim;
    const prng = this.#prng;
    for (const [i, person] of this.#people.entries()) {
      if (prng.chance(0.7)) joinDen(person);
      else if (i > 1) {
        person.kill();
        this.#return(person);
      }
    }
    let said = 0;
    const endMs = world.now + UPHEAVAL_MS;
    while (world.now < endMs) {
      const speaker = pick(prng, this.#people);
      for (let i = prng.chance(0.05) ? 30 : 1; i > 0 && speaker.process.isRunning; i--) {
        speaker.say(pick(prng, ROOM_NAMES), `${speaker.name} says ${said++}`);
      }
      if (prng.chance(0.5)) pick(prng, this.#people).read();
      if (prng.chance(0.2)) this.#befall(pick(prng, this.#people));
      world.runFor(prng.below(500));
    }
    return said;
  }

  /** All trouble ends; some are away from now on, and everybody else is in both rooms. */
  makePeace(): void {
    this.#heal();
    this.#sim.world.network.internet.conditions = CLEAR;
    for (const [i, person] of this.#people.entries()) {
      person.process.spare();
      person.disk.failure = 0;
      if (i > 1 && this.#prng.chance(0.25)) {
        this.#gone.add(person);
        this.#quit(person);
      } else {
        if (this.#ending.get(person) === person.lives) person.kill();
        if (!person.process.isRunning) person.start();
        joinDen(person);
        person.command({ type: "join", req: null, room: "#lobby" });
      }
    }
  }

  /** What some who are here have of the rooms and others lack, or have in another order. */
  differences(): string[] {
    return [...ROOMS].flatMap(([name, room]) => {
      const tops = this.#people.map((author) => this.#reachable(room, author));
      const lacking = this.#here.flatMap((person) =>
        tops.flatMap(({ author, from, to }) => {
          let count = 0;
          const kept = Math.max(from, floorOf(person, author, room) + 1);
          for (let seq = kept; seq <= to; seq++) {
            if (!person.store.holds(room, author.peerId, seq)) count += 1;
          }
          const what = `${person.name} lacks ${count} of ${author.name}'s ${to} in ${name}`;
          return count > 0 ? [what] : [];
        }),
      );
      if (lacking.length > 0) return lacking;
      const common = tops.map(({ author, from, to }) => {
        const floors = this.#here.map((person) => floorOf(person, author, room));
        return { author, from: Math.max(from, ...floors.map((floor) => floor + 1)), to };
      });
      const orders = new Set(this.#here.map((person) => orderOf(person, room, common)));
      return orders.size > 1 ? [`${name} has ${orders.size} orders`] : [];
    });
  }

  /** What is on the disks of those who are here, and was not shown to them once. */
  misshown(watch: RoomWatch): string[] {
    const rooms = new Set(ROOMS.values());
    return this.#here.flatMap(({ name, peerId, store }) => {
      const others = store.entries().filter((it) => it.author !== peerId && rooms.has(it.room));
      return others.flatMap(({ room, author, seq }) => {
        const id = messageId(room, author, seq);
        const times = watch.timesShown(name, id);
        return times === 1 ? [] : [`${name} was shown ${id} ${times} times`];
      });
    });
  }

  /** What was told to be read, and is not. */
  misread(): string[] {
    return this.#people.flatMap((reader) => {
      return this.#people.flatMap((author) => falselyRead(author, reader));
    });
  }

  /** What some who are here have read, and its author, who is here too, does not know. */
  unknown(): string[] {
    return this.#here.flatMap((reader) => {
      return this.#here.flatMap((author) => notKnown(author, reader));
    });
  }

  get #here(): readonly Client[] {
    return this.#people.filter((person) => !this.#gone.has(person));
  }

  /**
   * What everybody here can have of a chain: all that its author has made, if they are here; else
   * from the last that is signed down to what nobody here has.
   */
  #reachable(room: RoomId, author: Client): Reachable {
    const tips = this.#here.map(({ store }) => store.checkpoints.get(room + author.peerId)?.seq);
    const isHere = !this.#gone.has(author);
    const to = isHere ? madeBy(author, room) : Math.max(0, ...tips.map((seq) => seq ?? 0));
    let from = to + 1;
    while (from > 1 && this.#here.some(({ store }) => store.holds(room, author.peerId, from - 1))) {
      from -= 1;
    }
    return { author, from, to };
  }

  #befall(victim: Client): void {
    const { world } = this.#sim;
    const prng = this.#prng;
    const router = victim.process.host.attachments[0]?.segment.gateway;
    switch (prng.below(9)) {
      case 0: {
        const points = [undefined, "before commit", "after commit"] as const;
        victim.kill(points[prng.below(points.length)]);
        return this.#return(victim);
      }
      case 1:
        this.#quit(victim);
        return this.#return(victim);
      case 2:
        return victim.process.pause(prng.below(3_000));
      case 3:
        victim.disk.failure = prng.unit();
        return world.after(prng.below(FAULT_MS_MAX), () => (victim.disk.failure = 0));
      case 4:
        return this.#part();
      case 5:
        return prng.chance(0.5) ? router?.nat.rebind() : router?.nat.restart();
      case 6:
        return victim.command({ type: "leave", req: null, room: pick(prng, ROOM_NAMES) });
      case 7:
        return drop(prng, victim, pick(prng, this.#people));
      default:
        joinDen(victim);
        return victim.command({ type: "join", req: null, room: "#lobby" });
    }
  }

  /** Half of the people hear nothing of the other half for a while. */
  #part(): void {
    if (this.#cuts.length > 0) return;
    const [some, others] = [true, false].map((isOdd) =>
      this.#people.filter((_, i) => (i % 2 === 1) === isOdd).map(({ process }) => process.host),
    );
    for (const a of some ?? []) for (const b of others ?? []) this.#cuts.push([a, b], [b, a]);
    const { network } = this.#sim.world;
    for (const [from, to] of this.#cuts) network.cut(from, to);
    this.#sim.world.after(this.#prng.below(FAULT_MS_MAX), () => this.#heal());
  }

  #heal(): void {
    for (const [from, to] of this.#cuts.splice(0)) this.#sim.world.network.heal(from, to);
  }

  /** Says goodbye, and has ended a little later. */
  #quit(person: Client): void {
    const { lives } = person;
    this.#ending.set(person, lives);
    person.command({ type: "quit" });
    this.#sim.world.after(FAREWELL_MS, () => person.lives === lives && person.kill());
  }

  /** Is there again after a while, unless they went for good, or are there already. */
  #return(person: Client): void {
    const { lives } = person;
    this.#sim.world.after(FAREWELL_MS + this.#prng.below(FAULT_MS_MAX), () => {
      if (this.#gone.has(person) || person.lives !== lives) return;
      person.kill();
      person.start();
    });
  }
}

/** Of an author's chain. */
interface Reachable {
  readonly author: Client;
  readonly from: number;
  readonly to: number;
}

/** Of what this author has said in a room only the last is kept, as its disk is told to. */
function drop(prng: Prng, victim: Client, author: Client): void {
  const { store, process } = victim;
  const room = pick(prng, [...ROOMS.values()]);
  const chain = store.entries().filter((it) => it.room === room && it.author === author.peerId);
  const ends = new Set(chain.map(({ seq }) => lastOfRun(store.run(room, author.peerId, seq))));
  // The last run stays, for the next is bound to it, and so does what one has said oneself.
  const dropped = [...ends].toSorted((a, b) => a - b).slice(0, -1);
  if (author === victim || dropped.length === 0 || !process.isRunning) return;
  const floor = { room, author: author.peerId, seq: pick(prng, dropped) };
  store.drop(floor);
  process.find({ kind: "dropped", floors: [floor] });
}

function lastOfRun(bytes: Uint8Array): number {
  const run = decodeRun(bytes);
  return run === undefined ? 0 : run.seq + run.entries.length - 1;
}

/** Up to where this person keeps nothing of what an author has said in a room. */
function floorOf({ store }: Client, author: Client, room: RoomId): number {
  return store.floors.get(room + author.peerId)?.seq ?? 0;
}

/** What this author was told that this reader has read, and has not. */
function falselyRead(author: Client, reader: Client): string[] {
  const read = author.events.filter((event) => {
    return event.type === "status" && event.state === "read" && event.by?.id === reader.peerId;
  });
  return read.flatMap((event) => {
    if (event.type !== "status") return [];
    const room = ROOMS.get(event.room);
    const seq = parseMessageId(event.id)?.seq ?? 0;
    if (room === undefined || reader.store.isRead(room, author.peerId, seq)) return [];
    // What is dropped is read no less for it.
    if (seq <= floorOf(reader, author, room)) return [];
    return [`${author.name} was told that ${reader.name} has read ${event.id}`];
  });
}

/** How far this reader has read, where this author knows of less. */
function notKnown(author: Client, reader: Client): string[] {
  if (author === reader) return [];
  return [...ROOMS].flatMap(([name, room]) => {
    const { seq } = reader.store.markOf({ room, author: author.peerId });
    const known = author.store.reads.get(room + reader.peerId) ?? 0;
    const what = `${reader.name} has read ${author.name}'s ${seq} in ${name}, and`;
    return known >= seq ? [] : [`${what} ${known} is known`];
  });
}

function joinDen(person: Client): void {
  person.command({ type: "join", req: null, room: "#den", key: KEY });
}

function madeBy({ store, peerId }: Client, room: RoomId): number {
  return store.entries().filter((it) => it.room === room && it.author === peerId).length;
}

/** All that can be had of a room, as this person has it: each entry by the hash of its run. */
function orderOf({ store }: Client, room: RoomId, reachable: readonly Reachable[]): string {
  const ranges = new Map(reachable.map(({ author, from, to }) => [author.peerId, { from, to }]));
  const entries = store.entries().filter(({ room: its, author, seq }) => {
    const { from = 1, to = 0 } = ranges.get(author) ?? {};
    return its === room && seq >= from && seq <= to;
  });
  return entries
    .toSorted(compareEntries)
    .map((entry) => store.hashOf(entry))
    .join(" ");
}

function pick<Item>(prng: Prng, items: readonly Item[]): Item {
  const item = items[prng.below(items.length)];
  if (item === undefined) throw new Error("Nothing is there to pick from");
  return item;
}
