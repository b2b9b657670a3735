import { expect, test } from "bun:test";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import { Prng } from "./prng.ts";
import { simulate } from "./scenario.ts";
import { siteOf } from "./site.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

/** One introduction may reach one of the two so much later than the other. */
const JITTER_MS = 40;

/** Until all is known of both routers. */
const SURVEYED_MS = 8_000;

/** Two ladders of introductions. */
const PATIENCE_MS = 30_000;

/** Whether somebody behind a router of this kind, and one whose router poisons, meet. */
function meet(seed: number, kind: KindName, isCaller: boolean): boolean {
  const sim = simulate(seed, { conditions: { delayMs: 20, jitterMs: JITTER_MS } });
  sim.server();
  const prng = new Prng(seed, "homes");
  const come = (name: string, home: KindName): Client => {
    const { routers, families } = siteOf(sim, home, prng);
    return sim.client(name, { behind: routers[0], families, rooms: [], surveys: true });
  };
  const [hard, poisoned] = [come("hard", kind), come("poisoned", "poisoning")];
  for (const client of [hard, poisoned]) client.waitFor("ready");
  sim.world.runFor(SURVEYED_MS);
  const [caller, called] = isCaller ? [hard, poisoned] : [poisoned, hard];
  caller.say(`@${called.name}`, "hello");
  const areMet = (): boolean => hard.isDirectTo(poisoned) && poisoned.isDirectTo(hard);
  const haveMet = sim.world.runUntil(areMet, PATIENCE_MS);
  sim.check();
  return haveMet;
}

test.each([
  "symmetric-sequential",
  "symmetric-busy",
  "block-dependent",
  "address-dependent",
  "symmetric-random",
] as const)(
  "%s and a router that poisons meet, whose introduction comes first",
  (kind) => {
    for (const isCaller of [true, false]) {
      const failed = SEEDS.filter((seed) => !meet(seed, kind, isCaller));

      expect(failed).toEqual([]);
    }
  },
  240_000,
);
