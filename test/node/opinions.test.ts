import { expect, test } from "bun:test";
import {
  assert,
  commands,
  constantFrom,
  integer,
  type Command,
  modelRun,
  property,
} from "fast-check";
import { peerIdOf, type PeerId } from "../../lib/base/ids.ts";
import { Pins } from "../../lib/node/pins.ts";
import { acquaintancesOf, isPinned, Roster } from "../../lib/node/roster.ts";
import type { Card } from "../../lib/wire/card.ts";
import { MemoryStore } from "../support/memorystore.ts";

const PEOPLE = 5;
const NAMES = ["bob", "carol"] as const;

/** Whom the person here has judged: these alone may be known beside another of their name. */
type Judged = Set<PeerId>;

/** What is thought of people in memory, and on the disk that a run after it begins with. */
class World {
  readonly store = new MemoryStore();
  roster = new Roster([]);
  pins = new Pins();
  readonly serials = new Map<PeerId, number>();

  cardOf(n: number, name: string): Card {
    const id = new Uint8Array(32).fill(n + 1);
    const peerId = peerIdOf(id);
    const known = this.roster.get(peerId)?.card;
    const isSame = known === undefined || known.name === name;
    const serial = (this.serials.get(peerId) ?? 0) + (isSame ? 0 : 1);
    this.serials.set(peerId, serial);
    return { peerId, noiseKey: id, name, serial, signature: new Uint8Array(64) };
  }

  /** The end of a turn. */
  settle(): void {
    this.pins.keep(this.roster.takeTurned());
    const writes = this.pins.pollStore(0);
    if (writes !== undefined) this.pins.handleStored(0, this.store.commit(writes));
  }

  restart(): void {
    this.roster = new Roster(acquaintancesOf(this.store.restoreAll().people));
    this.pins = new Pins();
  }

  check(judged: Judged): void {
    const people = [...this.roster.ids()].flatMap((id) => this.roster.get(id) ?? []);
    for (const { card, trust } of people) {
      const others = people.filter((other) => {
        return other.card.name === card.name && other.card.peerId !== card.peerId;
      });
      const pinned = others.filter(isPinned);
      // Nobody is new beside somebody known, and of those known all but one are so by judgement.
      if (pinned.length > 0) expect(trust).not.toBe("new");
      const isKnown = trust === "known" || trust === "verified";
      if (isKnown && !judged.has(card.peerId)) {
        for (const other of pinned) expect(judged.has(other.card.peerId)).toBe(true);
      }
    }
    for (const kept of acquaintancesOf(this.store.restoreAll().people)) {
      expect(this.roster.get(kept.card.peerId)?.trust).toBe(kept.trust);
    }
  }
}

type Step = Command<Judged, World>;

function step(text: string, run: (world: World, judged: Judged) => void): Step {
  return {
    check: () => true,
    run: (judged, world) => {
      run(world, judged);
      world.settle();
      world.check(judged);
    },
    toString: () => text,
  };
}

const someone = integer({ min: 0, max: PEOPLE - 1 });
const named = constantFrom(...NAMES);

test("what is thought of people is the same on disk, whoever comes, under what name", () => {
  const steps = [
    someone.chain((n) =>
      named.map((name) =>
        step(`introduced(${n}, ${name})`, (world) => world.roster.learn(world.cardOf(n, name))),
      ),
    ),
    someone.chain((n) =>
      named.map((name) =>
        step(`met(${n}, ${name})`, (world) => {
          world.pins.onMet(0, world.roster.onMet(world.cardOf(n, name)));
        }),
      ),
    ),
    someone.chain((n) =>
      named.map((name) =>
        step(`passed on(${n}, ${name})`, (world) => {
          const card = world.cardOf(n, name);
          if (world.roster.get(card.peerId) === undefined) {
            world.pins.onNamed(world.roster.learn(card));
          }
        }),
      ),
    ),
    someone.chain((n) =>
      constantFrom("known" as const, "verified" as const, "changed" as const).map((trust) =>
        step(`judged(${n}, ${trust})`, (world, judged) => {
          const { peerId } = world.cardOf(n, "bob");
          const write = world.roster.judge(peerId, { trust });
          if (write === undefined) return;
          judged.add(peerId);
          world.pins.keep([write]);
        }),
      ),
    ),
    constantFrom(step("restart", (world) => world.restart())),
  ];
  assert(
    property(commands(steps, { maxCommands: 40 }), (all) => {
      modelRun(() => ({ model: new Set<PeerId>(), real: new World() }), all);
    }),
    { numRuns: 500 },
  );
});
