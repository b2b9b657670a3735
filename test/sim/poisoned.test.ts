import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import type { Conditions } from "./link.ts";
import { Prng } from "./prng.ts";
import { simulate } from "./scenario.ts";
import { siteOf } from "./site.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

/** One introduction may reach one of the two so much later than the other. */
const UNEVEN: Partial<Conditions> = { delayMs: 20, jitterMs: 40 };
const LOSSY: Partial<Conditions> = { loss: 0.1, jitterMs: 10 };

/** Until all is known of both routers. */
const SURVEYED_MS = 8_000;

/** Some introductions after a ladder of them. */
const PATIENCE_MS = 60_000;

/** What two clients need to come, each behind a router of its own, and to meet. */
function stage(seed: number, conditions: Partial<Conditions>) {
  const sim = simulate(seed, { conditions });
  sim.server();
  const prng = new Prng(seed, "homes");
  const come = (name: string, home: KindName, rooms: readonly string[]): Client => {
    const { routers, families } = siteOf(sim, home, prng);
    return sim.client(name, { behind: routers[0], families, rooms, surveys: true });
  };
  const haveMet = (ann: Client, bob: Client): boolean => {
    return sim.world.runUntil(() => ann.isDirectTo(bob) && bob.isDirectTo(ann), PATIENCE_MS);
  };
  return { sim, prng, come, haveMet };
}

test.each([
  "symmetric-sequential",
  "symmetric-busy",
  "block-dependent",
  "address-dependent",
  "symmetric-random",
] as const)(
  "%s and a router that poisons: both at rest meet, whoever is told first",
  (kind) => {
    for (const isCaller of [true, false]) {
      const failed = SEEDS.filter((seed) => {
        const { sim, come, haveMet } = stage(seed, UNEVEN);
        const [hard, poisoned] = [come("hard", kind, []), come("poisoned", "poisoning", [])];
        for (const client of [hard, poisoned]) client.waitFor("ready");
        sim.world.runFor(SURVEYED_MS);
        const [caller, called] = isCaller ? [hard, poisoned] : [poisoned, hard];
        caller.say(`@${called.name}`, "hello");
        return !haveMet(hard, poisoned);
      });

      expect(failed).toEqual([]);
    }
  },
  240_000,
);

test.each(["poisoning", "carrier-restricted", "port-restricted", "rejecting"] as const)(
  "%s and a router that poisons: two who have just come meet, though its first answers are lost",
  (kind) => {
    const failed = SEEDS.filter((seed) => {
      const { sim, prng, come, haveMet } = stage(seed, LOSSY);
      const ann = come("ann", kind, ["#room"]);
      sim.world.runFor(prng.unit() * 2_000);
      return !haveMet(ann, come("bob", "poisoning", ["#room"]));
    });

    expect(failed).toEqual([]);
  },
  240_000,
);
