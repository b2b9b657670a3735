import { expect, test } from "bun:test";
import { Rehearsal } from "../../lib/node/rehearsal.ts";
import { seeded } from "../crypto/seeded.ts";

const NOW = 1_800_000_000_000;

function played(seed: number): { readonly rehearsal: Rehearsal; readonly steps: number } {
  const rehearsal = new Rehearsal(NOW, seeded(seed));
  let steps = 0;
  while (rehearsal.step()) steps += 1;
  return { rehearsal, steps };
}

test("two meet by a server, and both words are heard", () => {
  for (const seed of [1, 2, 3]) expect(played(seed).rehearsal.heard).toBe(2);
});

test("it comes to its end, in many small steps, and stays there", () => {
  const { rehearsal, steps } = played(1);

  expect(steps).toBeWithin(100, 400);
  expect([rehearsal.step(), rehearsal.step()]).toEqual([false, false]);
});
