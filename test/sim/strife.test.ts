import { expect, test } from "bun:test";
import { share } from "./share.ts";

const SEEDS = 500;

test("500 seeds of strife: after a minute of peace all have the same", async () => {
  const plan = { introductions: 0, seeds: 0, transfers: 0, chat: SEEDS, rooms: 0, first: 1 };

  const { troubles, strifes, argued } = await share(plan, false);

  expect(troubles).toEqual([]);
  expect(strifes).toBe(SEEDS);
  expect(argued / SEEDS).toBeGreaterThan(50);
}, 120_000);
