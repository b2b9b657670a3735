import { expect, test } from "bun:test";
import { Haul } from "./haul.ts";
import { CASES, INTEROP } from "./interop.ts";

test.each(CASES.map(({ name, run }) => [name, run] as const))(
  "%s: all arrives once, in order, in one session",
  (_name, run) => {
    expect(run(1)).toEqual([]);
  },
  240_000,
);

test("a case tells what is missing: words, bytes and a session that ended", () => {
  const haul = new Haul(1, INTEROP);
  const { network } = haul.world;
  haul.world.after(1_000, () => network.cut(haul.ann.process.host, haul.bob.process.host));

  expect(haul.carry(haul.ann, 10_000_000, 60_000)).toBe(false);

  const troubles = haul.troubles().join("\n");
  expect(troubles).toContain("seed 1: words from ann to bob");
  expect(troubles).toContain("seed 1: hash from ann to bob");
  expect(troubles).toContain(`seed 1: sessions that ended from ann to bob: ["no answer"]`);
});

test("a transfer leaves the same trace whenever it has the same seed", () => {
  const traces = [1, 1, 2].map((seed) => {
    const haul = new Haul(seed, { ...INTEROP, loss: 0.1, jitterMs: 5, replay: 0.1, corrupt: 0.01 });
    haul.carry(haul.bob, 100_000, 60_000);
    return haul.world.trace.digest();
  });

  expect(traces[1]).toBe(traces[0]);
  expect(traces[2]).not.toBe(traces[0]);
});
