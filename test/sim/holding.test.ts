import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import { Prng } from "./prng.ts";
import { simulate } from "./scenario.ts";

/** `SEEDS=100 bun test test/sim/holding.test.ts` runs more of them. */
const SEEDS = Number(process.env["SEEDS"] ?? 2);

/** Until somebody is missed, what they are told is held, and it is brought to the other. */
const PATIENCE_MS = 120_000;

const ROUNDS = 4;

/** What happens to who holds, in each round, when all is held and nobody else is here. */
type Fate = (carol: Client, prng: Prng) => void;

/** Two of whom only one is ever here after they have met, and a third who holds. */
function apart(seed: number, fate: Fate) {
  const sim = simulate(seed, { conditions: { loss: 0.05, jitterMs: 10 } });
  const prng = new Prng(seed, "holding");
  const { world } = sim;
  sim.server();
  const alice = sim.client("alice", { asksHold: true });
  const bob = sim.client("bob", { asksHold: true });
  const carol = sim.client("carol", { holds: true });
  expect(sim.gather([alice, bob, carol])).toBe(true);
  bob.kill();
  const said = new Map<Client, string[]>([
    [alice, []],
    [bob, []],
  ]);
  let [speaker, other] = [alice, bob];
  for (let round = 0; round < ROUNDS; round++) {
    const isAlone = (): boolean => !speaker.isConnectedTo(other) && speaker.isConnectedTo(carol);
    expect(world.runUntil(isAlone, PATIENCE_MS)).toBe(true);
    const texts = said.get(speaker) ?? [];
    for (let i = prng.below(5); i >= 0; i--) {
      texts.push(`${speaker.name} ${texts.length}`);
      speaker.say(`@${other.name}`, texts.at(-1) ?? "");
      world.runFor(prng.below(3_000));
    }
    const isHeld = (): boolean => texts.every((text) => isHeldFor(speaker, text));
    expect(world.runUntil(isHeld, PATIENCE_MS)).toBe(true);
    speaker.kill();
    fate(carol, prng);
    other.start();
    const isHeard = (): boolean => other.heard(speaker).length === texts.length;
    expect(world.runUntil(isHeard, PATIENCE_MS)).toBe(true);
    [speaker, other] = [other, speaker];
  }
  return { sim, alice, bob, carol, said };
}

function isHeldFor({ events }: Client, text: string): boolean {
  return events.some((event) => event.type === "held" && event.req === text);
}

/** Both come back: all was shown once and in its order, and both know that it was. */
function expectTold({ sim, alice, bob, said }: ReturnType<typeof apart>): void {
  for (const client of [alice, bob]) if (!client.process.isRunning) client.start();
  const pairs = [[alice, bob] as const, [bob, alice] as const];
  // What comes before a program is ready is told when it is.
  const isTold = (): boolean =>
    pairs.every(([one, other]) => {
      return one.waitingFor(other) === 0 && other.heard(one).length === said.get(one)?.length;
    });
  expect(sim.world.runUntil(isTold, PATIENCE_MS)).toBe(true);
  for (const [one, other] of pairs) {
    expect(other.heard(one)).toEqual(said.get(one) ?? []);
    for (const text of said.get(one) ?? []) {
      const told = one.events.filter((event) => {
        return event.type === "status" && event.state === "delivered" && event.req === text;
      });
      expect(told.length).toBeLessThan(2);
    }
  }
  sim.check();
}

const seeds = Array.from({ length: SEEDS }, (_, seed) => seed + 1);

test.each(seeds)(
  "two who are never online together talk through a third, seed %d",
  (seed) => {
    const world = apart(seed, () => undefined);

    expectTold(world);
    expect(world.carol.heard()).toEqual([]);
    const isEmpty = (): boolean => world.carol.store.sealed.held.size === 0;
    expect(world.sim.world.runUntil(isEmpty, PATIENCE_MS)).toBe(true);
  },
  240_000,
);

test.each(seeds)(
  "the third may end and begin anew as it likes, seed %d",
  (seed) => {
    const world = apart(seed, (carol, prng) => {
      carol.kill();
      const { process } = carol;
      if (prng.chance(0.5)) process.clockOffsetMs += prng.below(100_000);
      carol.start();
    });

    expectTold(world);
  },
  240_000,
);

test.each(seeds)(
  "where the third dies with what it holds, nothing is lost, seed %d",
  (seed) => {
    const world = apart(seed, () => undefined);
    const { sim, alice, bob, carol, said } = world;
    const [here, away] = alice.process.isRunning ? [alice, bob] : [bob, alice];
    const isAlone = (): boolean => here.isConnectedTo(carol);
    expect(sim.world.runUntil(isAlone, PATIENCE_MS)).toBe(true);
    said.get(here)?.push("the last");
    here.say(`@${away.name}`, "the last");
    expect(sim.world.runUntil(() => isHeldFor(here, "the last"), PATIENCE_MS)).toBe(true);

    carol.kill();

    expectTold(world);
  },
  240_000,
);
