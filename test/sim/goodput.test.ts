import { expect, test } from "bun:test";
import { Haul } from "./haul.ts";
import { idealBytes } from "./ideal.ts";
import { CLEAR, type Conditions } from "./link.ts";

/** 10 Mbit/s and 40 ms there and back, with a queue for one round trip. */
const PATH: Conditions = {
  ...CLEAR,
  delayMs: 20,
  jitterMs: 1,
  bitsPerSecond: 10_000_000,
  queueBytes: 50_000,
};

const SECONDS = 20;
const SEEDS = [1, 2, 3];

/** More than any session hauls within the time. */
const PLENTY = 10 ** 9;

test.each([
  [0, 0.9],
  [0.02, 0.7],
])("at a loss of %p a session hauls at least %p of what an ideal CUBIC does", (loss, share) => {
  const conditions = { ...PATH, loss };

  const shares = SEEDS.map((seed) => {
    return hauledBytes(seed, conditions) / idealBytes(conditions, 1000 * SECONDS, seed);
  });

  expect(shares.reduce((sum, one) => sum + one, 0) / shares.length).toBeGreaterThan(share);
});

test("an ideal CUBIC fills its path, and at losses has the window that RFC 9438 computes", () => {
  const megabits = (loss: number): number => {
    return (8 * idealBytes({ ...PATH, loss }, 1000 * SECONDS, 1)) / SECONDS / 1e6;
  };

  expect(megabits(0)).toBeWithin(9.6, 10);
  // RFC 9438, table 1: 12 segments, here of 1472 bytes, at 1 %. In 40 ms that is 3.5 Mbit/s.
  expect(megabits(0.01)).toBeWithin(3.5, 4.5);
});

test.each(SEEDS)("seed %i: two sessions over one bottleneck share it within 60 to 40", (seed) => {
  const one = new Haul(seed, PATH);
  const other = new Haul(seed, PATH, one);
  for (const { ann } of [one, other]) ann.process.command({ type: "haul", bytes: PLENTY });

  one.world.runFor(1000 * SECONDS);

  const [a, b] = [one, other].map(({ bob }) => bob.ledger.heardBytes);
  if (a === undefined || b === undefined) throw new Error("two haul");
  expect(a / (a + b)).toBeWithin(0.4, 0.6);
  expect((8 * (a + b)) / SECONDS / PATH.bitsPerSecond).toBeGreaterThan(0.85);
});

function hauledBytes(seed: number, conditions: Conditions): number {
  const haul = new Haul(seed, conditions);
  haul.ann.process.command({ type: "haul", bytes: PLENTY });
  haul.world.runFor(1000 * SECONDS);
  return haul.bob.ledger.heardBytes;
}
