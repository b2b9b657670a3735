import { expect, test } from "bun:test";
import type { NatBehaviour } from "./nat.ts";
import { type Flow, FLOWS, Talk } from "./talk.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Until the server has seen a mapping die. */
const LEARNING_MS = 70 * SECOND_MS;

/** Between two words of one speaker. */
const GAP_MS = 250;

/** A word takes no longer than this, whenever it is said. */
const WORST_MS = 1_000;

/** As long as nobody has seen yet that mappings die: then both have to notice, and to search. */
const FIRST_WORST_MS = 3_500;

const TEST_MS = 240_000;

type Home = Partial<NatBehaviour>;

const RESTRICTED: Home = { filtering: "address-and-port-dependent" };
const AGED: Home = { ...RESTRICTED, allocation: { kind: "random" }, lifetimeMs: 50_000 };
const SEQUENTIAL: Home = { ...AGED, allocation: { kind: "sequential", step: 2 } };
const BLOCK: Home = { ...AGED, allocation: { kind: "block", ports: 512 } };

/** Two behind such routers, who have met, and know what their routers do. */
function talkOf(seed: number, annsHome: Home, bobsHome: Home): Talk {
  return new Talk(seed, (sim, name) => {
    const behind = sim.nat(`${name}'s home`, name === "ann" ? annsHome : bobsHome);
    return { behind, families: [4], surveys: true };
  });
}

const CASES: readonly (readonly [what: string, anns: Home, bobs: Home, flow: Flow])[] = [
  ...FLOWS.map((flow) => ["random, against port-restricted", AGED, RESTRICTED, flow] as const),
  ...FLOWS.map((flow) => ["both random", AGED, AGED, flow] as const),
  ["random, against address-restricted", AGED, { filtering: "address-dependent" }, "from bob"],
  ["random, against a full cone", AGED, {}, "from bob"],
  ["sequential", { ...SEQUENTIAL, crossPerSecond: 1 }, RESTRICTED, "both ways"],
  ["sequential, against random", SEQUENTIAL, AGED, "from ann"],
  ["of a block", BLOCK, RESTRICTED, "from bob"],
  ["by address, of a block", { ...BLOCK, mapping: "address-dependent" }, RESTRICTED, "from ann"],
];

test.each(CASES)(
  "mappings that die are replaced before, without any server: %s",
  (_, anns, bobs, flow) => {
    const talk = talkOf(1, anns, bobs);
    talk.quiet(LEARNING_MS);
    talk.endServer();
    const atMs = talk.sim.world.now;

    talk.speak(flow, 5 * MINUTE_MS, GAP_MS);
    talk.quiet(2 * SECOND_MS);

    expect(talk.worstMs(atMs)).toBeLessThanOrEqual(WORST_MS);
    talk.end();
  },
  TEST_MS,
);

test.each(FLOWS)(
  "an age that no server has seen is learnt from two that were lost, words %s",
  (flow) => {
    const talk = talkOf(2, AGED, RESTRICTED);
    talk.quiet(5 * SECOND_MS);
    talk.endServer();

    const atMs = talk.sim.world.now;
    talk.speak(flow, 2 * MINUTE_MS, GAP_MS);
    talk.quiet(4 * SECOND_MS);
    expect(talk.worstMs(atMs)).toBeLessThanOrEqual(FIRST_WORST_MS);

    const knownAtMs = talk.sim.world.now;
    talk.speak(flow, 3 * MINUTE_MS, GAP_MS);
    talk.quiet(2 * SECOND_MS);
    expect(talk.worstMs(knownAtMs)).toBeLessThanOrEqual(WORST_MS);
    talk.end();
  },
  TEST_MS,
);
