import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import { Prng } from "./prng.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf } from "./site.ts";

/** Longer than who owes an answer is waited for. */
const CUT_MS = 40_000;

/** Until who was lost is called again, and its answer is there. */
const FOUND_MS = 30_000;

/** Two behind routers of these kinds who have met, and whose server is gone since. */
function friends(seed: number, ...kinds: readonly [KindName, KindName]) {
  const sim = simulate(seed);
  const server = sim.server();
  const prng = new Prng(seed, "sites");
  const [ann, bob] = [clientAt(sim, "ann", kinds[0], prng), clientAt(sim, "bob", kinds[1], prng)];
  expect(sim.gather([ann, bob])).toBe(true);
  ann.say("@bob", "we have met");
  expect(sim.world.runUntil(() => ann.isDelivered("we have met", bob), 5_000)).toBe(true);
  server.kill();
  return { sim, ann, bob };
}

function clientAt(sim: Simulation, name: string, kind: KindName, prng: Prng): Client {
  const { routers, families } = siteOf(sim, kind, prng);
  return sim.client(name, { behind: routers[0], families });
}

/** Whether all that was said is there, once and in its order. */
function expectHeard(
  sim: Simulation,
  speaker: Client,
  other: Client,
  texts: readonly string[],
): void {
  const isThere = (): boolean => texts.every((text) => speaker.isDelivered(text, other));
  expect(sim.world.runUntil(isThere, FOUND_MS)).toBe(true);
  expect(other.heard(speaker)).toEqual([...texts]);
}

test.each([
  ["port-restricted", "port-restricted"],
  ["port-restricted", "open"],
  ["address-restricted", "block-independent"],
  ["carrier-restricted", "poisoning"],
  ["firewall6", "firewall6"],
  ["symmetric-random", "open"],
] as const)("%s and %s, without a server: who have lost one another meet again", (a, b) => {
  for (const seed of [1, 2, 3]) {
    const { sim, ann, bob } = friends(seed, a, b);
    const { network } = sim.world;
    const hosts = [ann.process.host, bob.process.host] as const;
    network.cut(hosts[0], hosts[1]);
    network.cut(hosts[1], hosts[0]);
    ann.say("@bob", "are you there?");
    bob.say("@ann", "and you?");
    sim.world.runFor(CUT_MS);
    expect([ann.isConnectedTo(bob), bob.isConnectedTo(ann)]).toEqual([false, false]);
    ann.say("@bob", "I wait");

    network.heal(hosts[0], hosts[1]);
    network.heal(hosts[1], hosts[0]);

    expectHeard(sim, ann, bob, ["we have met", "are you there?", "I wait"]);
    expectHeard(sim, bob, ann, ["and you?"]);
    expect(ann.isDirectTo(bob)).toBe(true);
    sim.check();
  }
});

test.each([
  ["port-restricted", "open"],
  ["port-restricted", "full-cone"],
  ["symmetric-random", "full-cone"],
  ["open", "address-restricted"],
] as const)("%s begins anew without a server, and finds %s where it was", (a, b) => {
  for (const seed of [1, 2, 3]) {
    const { sim, ann, bob } = friends(seed, a, b);
    ann.kill();
    bob.say("@ann", "come back");
    sim.world.runFor(CUT_MS);
    expect(bob.isConnectedTo(ann)).toBe(false);

    ann.start();

    expectHeard(sim, bob, ann, ["come back"]);
    ann.say("@bob", "here I am");
    expectHeard(sim, ann, bob, ["we have met", "here I am"]);
    sim.check();
  }
});
