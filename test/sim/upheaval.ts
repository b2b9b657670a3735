import { encodeUtf8 } from "../../lib/base/text.ts";
import type { RoomId } from "../../lib/base/ids.ts";
import type { RoomKey } from "../../lib/chat/membership.ts";
import { openRoom, privateRoom } from "../../lib/chat/rooms.ts";
import { signCheckpoint } from "../../lib/crypto/checkpoint.ts";
import type { Identity } from "../../lib/crypto/identity.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import type { CheckpointFields } from "../../lib/wire/checkpoint.ts";
import { decodeRun } from "../../lib/wire/entry.ts";
import { type Lies, liesOf } from "../chat/traitor.ts";
import type { Client } from "./client.ts";
import { Concord } from "./concord.ts";
import type { KindName } from "./kinds.ts";
import { CLEAR, type Conditions } from "./link.ts";
import type { HostStation } from "./network.ts";
import { Prng } from "./prng.ts";
import { RoomWatch } from "./roomwatch.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf } from "./site.ts";
import { treasonOf } from "./treason.ts";

const TEN_YEARS_MS = 315_576_000_000;

const PEOPLE_MAX = 50;

/** How long things go wrong. */
const UPHEAVAL_MS = 40_000;

/** The same of a crowd: the cost of a world grows with the square of its people. */
const CROWD_UPHEAVAL_MS = 10_000;

/** More than so many are a crowd. */
const FEW_MAX = 24;

/** No absence and no partition lasts longer. */
const FAULT_MS_MAX = 15_000;

/** Who quits is gone after so long. */
const FAREWELL_MS = 3_000;

/** All is the same everywhere within so long of the healing. */
const PEACE_MS = 60_000;

/** More than a peer is waited for that answers nothing, and than a session lives without it. */
const PATIENCE_MS = 75_000;

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
  /** How many were told that one among them has two histories; undefined where all are honest. */
  readonly forksSeen: number | undefined;
  readonly trace: string;
}

/**
 * 2 to 50 people behind routers of all kinds, with clocks that are wrong by up to ten years, talk
 * in two rooms over paths that lose: they come late, go, die, come back, leave a room and join it
 * again, keep no more than some of it, and are parted. In every third seed one of them is a
 * traitor, whom some block for a while. Then all of that ends, though some are away, and everybody
 * who is there and honest must come to hold the same.
 */
export function upheaval(seed: number): Upheaval {
  const prng = new Prng(seed, "upheaval");
  const sim = simulate(seed, { conditions: lossyPath(prng) });
  const count = sizeOf(seed, prng);
  const treason = new Prng(seed, "treason");
  const traitorIndex = seed % 3 === 0 ? treason.below(count) : undefined;
  const uttered = new Set<string>();
  sim.server();
  const people = Array.from({ length: count }, (_, i) => {
    const isHard = i === 2 && prng.chance(0.5);
    const { routers, families } = siteOf(sim, isHard ? HARD_HOME : pick(prng, HOMES), prng);
    const isRight = prng.chance(0.4);
    const clockOffsetMs = isRight ? 0 : Math.floor((2 * prng.unit() - 1) * TEN_YEARS_MS);
    const place = { behind: routers[0], families, surveys: true };
    const character = (identity: Identity): Lies => traitorous(treason, identity, uttered);
    const its = i === traitorIndex ? { liesOf: character } : {};
    return sim.client(`person${i}`, { ...place, clockOffsetMs, ...its });
  });
  const traitor = traitorIndex === undefined ? undefined : people[traitorIndex];
  const watch = watchOf(sim, traitor, uttered);
  const company = new Company(sim, prng, people, traitor);
  const said = company.live();
  company.makePeace();
  const honest = people.filter((person) => person !== traitor);
  const here = company.here.filter((person) => person !== traitor);
  const concord = new Concord(ROOMS, honest, here);
  const { tookMs, lacking } = awaitConcord(sim, concord, count <= FEW_MAX);
  const troubles = [...lacking];
  if (traitor !== undefined) {
    traitor.kill();
    sim.world.runFor(PATIENCE_MS);
    troubles.push(...treasonOf({ rooms: ROOMS, traitor, honest, here, uttered, watch }));
  }
  troubles.push(...concord.misshown(watch), ...concord.misread(), ...watch.troubles);
  sim.check();
  const forksSeen = traitor && here.filter((person) => seesFork(watch, person, traitor)).length;
  return { people: count, said, tookMs, troubles, forksSeen, trace: sim.world.trace.digest() };
}

function seesFork(watch: RoomWatch, { name }: Client, { peerId }: Client): boolean {
  return ROOM_NAMES.some((room) => watch.knowsFork(name, room, peerId));
}

/** In a twentieth of the seeds as many as the most, in a tenth some; a traitor needs two others. */
function sizeOf(seed: number, prng: Prng): number {
  if (seed % 20 === 1) return PEOPLE_MAX;
  const few = 2 + prng.below(6);
  if (seed % 10 === 5) return 9 + new Prng(seed, "size").below(FEW_MAX - 8);
  return seed % 3 === 0 ? Math.max(3, few) : few;
}

function traitorous(prng: Prng, { peerId, signing }: Identity, uttered: Set<string>): Lies {
  const sign = (fields: CheckpointFields): Uint8Array => signCheckpoint(signing, fields);
  return liesOf(prng, { me: peerId, rooms: [...ROOMS.values()], sign, uttered });
}

/** What a traitor's own program has made counts as said by it, under whatever numbers it had. */
function watchOf(sim: Simulation, traitor: Client | undefined, uttered: Set<string>): RoomWatch {
  const { world } = sim;
  const watch = new RoomWatch({ rooms: ROOMS, traitor: traitor?.peerId, now: () => world.now });
  world.watch(watch);
  world.watch({
    onCommitted: ({ name }, writes, ok) => {
      if (!ok || traitor === undefined || name !== traitor.name) return;
      for (const write of writes) if (write.kind === "own") uttered.add(write.hash.toHex());
      if (!writes.some(({ kind }) => kind === "rebase")) return;
      for (const entry of traitor.store.entries()) {
        const hash = entry.author === traitor.peerId ? traitor.store.hashOf(entry) : undefined;
        if (hash !== undefined) uttered.add(hash);
      }
    },
  });
  return watch;
}

/** Until all is the same everywhere, or it is too late. */
function awaitConcord({ world }: Simulation, concord: Concord, isFew: boolean) {
  const healedAtMs = world.now;
  const look = () => [...concord.differences(), ...concord.unknown(isFew)];
  let lacking = look();
  while (lacking.length > 0 && world.now < healedAtMs + PEACE_MS) {
    world.runFor(LOOK_MS);
    lacking = look();
  }
  return { tookMs: world.now - healedAtMs, lacking };
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
  readonly #traitor: Client | undefined;
  readonly #cuts: (readonly [HostStation, HostStation])[] = [];
  /** Whoever does not come back. */
  readonly #gone = new Set<Client>();
  /** Which life of theirs each has last asked to end. */
  readonly #ending = new Map<Client, number>();

  constructor(sim: Simulation, prng: Prng, people: readonly Client[], traitor: Client | undefined) {
    this.#sim = sim;
    this.#prng = prng;
    this.#people = people;
    this.#traitor = traitor;
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
    const isCrowd = this.#people.length > FEW_MAX;
    const endMs = world.now + (isCrowd ? CROWD_UPHEAVAL_MS : UPHEAVAL_MS);
    while (world.now < endMs) {
      const speaker = pick(prng, this.#people);
      for (let i = prng.chance(0.05) ? 30 : 1; i > 0 && speaker.process.isRunning; i--) {
        speaker.say(pick(prng, ROOM_NAMES), `${speaker.name} says ${said++}`);
      }
      if (prng.chance(0.5)) pick(prng, this.#people).read();
      if (prng.chance(0.2)) this.#befall(pick(prng, this.#people));
      if (this.#traitor !== undefined && prng.chance(0.05)) {
        this.#block(pick(prng, this.#people), this.#traitor);
      }
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
        if (this.#traitor !== undefined) judge(person, "unblock", this.#traitor);
      }
    }
  }

  /** Whoever is not away for good. */
  get here(): readonly Client[] {
    return this.#people.filter((person) => !this.#gone.has(person));
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

  /** Nothing of the other is taken for a while; then they are welcome again. */
  #block(person: Client, other: Client): void {
    if (person === other) return;
    judge(person, "block", other);
    this.#sim.world.after(this.#prng.below(FAULT_MS_MAX), () => judge(person, "unblock", other));
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

function judge(person: Client, type: "block" | "unblock", { name, peerId }: Client): void {
  person.command({ type, req: null, to: `@${name}~${peerId}` });
}

function joinDen(person: Client): void {
  person.command({ type: "join", req: null, room: "#den", key: KEY });
}

function pick<Item>(prng: Prng, items: readonly Item[]): Item {
  const item = items[prng.below(items.length)];
  if (item === undefined) throw new Error("Nothing is there to pick from");
  return item;
}
