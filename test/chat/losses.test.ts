import { expect, test } from "bun:test";
import { losses } from "./losses.ts";

const SEEDS = 100;

test("100 seeds of lost disks: nobody sees two histories, and no word is lost or doubled", () => {
  const troubles = Array.from({ length: SEEDS }, (_, i) => {
    return losses(i + 1).map((trouble) => `seed ${i + 1}: ${trouble}`);
  });

  expect(troubles.flat()).toEqual([]);
}, 60_000);
