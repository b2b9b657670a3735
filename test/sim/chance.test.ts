import { expect, test } from "bun:test";
import { lateOdds, missOdds, patienceMs, tailOdds, type Chance } from "./chance.ts";
import { Prng } from "./prng.ts";

const FULL: Chance = {
  sockets: 256,
  probes: 2048,
  ports: 64_512,
  openerHops: 1,
  probeHops: 3,
};
const HALF: Chance = { ...FULL, sockets: 128 };
const BLOCK: Chance = { ...FULL, sockets: 16, probes: 128, ports: 512 };

/** C(N - K, m) / C(N, m), factor by factor. */
function exactMissOdds({ sockets, probes, ports }: Chance): number {
  let odds = 1;
  for (let i = 0; i < sockets; i++) odds *= (ports - probes - i) / (ports - i);
  return odds;
}

test.each([FULL, HALF, BLOCK])("without loss the odds of $sockets sockets are exact", (chance) => {
  const exact = exactMissOdds(chance);

  expect(Math.abs(missOdds(chance, 0) - exact)).toBeLessThan(0.15 * exact);
});

test.each([
  [HALF, 0.1],
  [BLOCK, 0.1],
  [{ ...HALF, openerHops: 2, probeHops: 5 }, 0.2],
])("where datagrams are lost they are what comes of playing it: %#", (chance, loss) => {
  const prng = new Prng(1, "birthdays");
  const ROUNDS = 2_000;

  let missed = 0;
  for (let round = 0; round < ROUNDS; round++) missed += Number(!isHit(chance, loss, prng));

  const odds = missOdds(chance, loss);
  expect(tailOdds(ROUNDS, odds, missed)).toBeGreaterThan(1e-4);
  expect(1 - tailOdds(ROUNDS, odds, missed + 1)).toBeGreaterThan(1e-4);
});

/** One attempt: a port for each opener that is not lost, and probes, some of which arrive. */
function isHit(chance: Chance, loss: number, prng: Prng): boolean {
  const { sockets, probes, ports, openerHops, probeHops } = chance;
  const open = new Set<number>();
  for (let i = 0; i < sockets; i++) {
    let port = prng.below(ports);
    while (open.has(port)) port = prng.below(ports);
    if (prng.unit() < (1 - loss) ** openerHops) open.add(port);
  }
  const probed = new Set<number>();
  while (probed.size < probes) probed.add(prng.below(ports));
  return [...probed].some((port) => open.has(port) && prng.unit() < (1 - loss) ** probeHops);
}

test("less luck takes longer, and certainty no time beyond the minute", () => {
  expect(lateOdds(FULL, 0.1)).toBeLessThan(lateOdds(HALF, 0.1));
  expect(patienceMs(FULL, 0.1)).toBeLessThan(patienceMs(HALF, 0.1));
  expect(patienceMs({ ...FULL, probes: FULL.ports }, 0)).toBe(60_000);
});

test("the tail of the binomial distribution", () => {
  expect(tailOdds(10, 0.5, 0)).toBe(1);
  expect(tailOdds(10, 0.5, 10)).toBeCloseTo(2 ** -10, 12);
  expect(tailOdds(10, 0.5, 6)).toBeCloseTo(386 / 1024, 12);
  expect(tailOdds(500, 0.01, 5)).toBeCloseTo(0.5604, 3);
  expect(tailOdds(50, 0.001, 3)).toBeLessThan(1e-4);
});
