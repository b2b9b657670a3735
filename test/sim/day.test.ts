import { expect, test } from "bun:test";
import { heapStats } from "bun:jsc";
import { Haul } from "./haul.ts";
import { simulate } from "./scenario.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** After so long everything that two who talk now and then hold is held. */
const SETTLED_HOURS = 4;

/** Keys of a session are renewed every 120 s, and two seal with every one of them. */
const RENEWALS_MIN = 700;

/** The observer notes every key, in a map that grows by doubling: far less than one object each. */
const OBJECTS_PER_RENEWAL_MAX = 1;

test("a day of 24 hours has over 700 renewals of keys, and nothing grows", () => {
  const haul = new Haul(1, { loss: 0.01 });
  const hour = (): void => {
    for (let minute = 0; minute < 60; minute++) {
      for (const side of [haul.ann, haul.bob]) haul.say(side);
      haul.world.runFor(MINUTE_MS);
    }
  };
  const sizes = () => [haul.ann, haul.bob].map(({ courier }) => courier.endpoint.sizes);
  const forgetOldKeys = (): void => {
    haul.world.runUntil(() => sizes().every(({ routes }) => routes === 1), MINUTE_MS);
  };

  for (let hours = 0; hours < SETTLED_HOURS; hours++) hour();
  forgetOldKeys();
  const before = { sizes: sizes(), objects: objectsNow(), keys: haul.invariants.keys };
  for (let hours = SETTLED_HOURS; hours < 24; hours++) hour();
  forgetOldKeys();

  expect(haul.troubles()).toEqual([]);
  expect(haul.world.elapsedMs).toBeGreaterThanOrEqual(24 * HOUR_MS);
  expect(haul.invariants.keys).toBeGreaterThan(2 * RENEWALS_MIN);
  expect(sizes()).toEqual(before.sizes);
  const renewals = (haul.invariants.keys - before.keys) / 2;
  expect((objectsNow() - before.objects) / renewals).toBeLessThan(OBJECTS_PER_RENEWAL_MAX);
}, 240_000);

test("two people and a server are together for a day, and every word arrives", () => {
  const sim = simulate(1, { conditions: { loss: 0.01 } });
  sim.server();
  const [ann, bob] = [sim.client("ann"), sim.client("bob")];
  expect(sim.gather([ann, bob])).toBe(true);

  const said: string[] = [];
  for (let minute = 0; minute < 24 * 60; minute++) {
    said.push(`minute ${minute}`);
    ann.say("@bob", `minute ${minute}`);
    sim.world.runFor(MINUTE_MS);
  }

  expect(bob.heard(ann)).toEqual(said);
  expect(ann.waitingFor(bob)).toBe(0);
  expect(sim.invariants.keys).toBeGreaterThan(2 * RENEWALS_MIN);
  sim.check();
}, 240_000);

/** Objects that are alive, strings aside: those are the ledgers' words. */
function objectsNow(): number {
  Bun.gc(true);
  const { objectCount, objectTypeCounts } = heapStats();
  return objectCount - (objectTypeCounts["string"] ?? 0);
}
