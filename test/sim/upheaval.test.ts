import { expect, test } from "bun:test";
import { share } from "./share.ts";

const SEEDS = 20;

test("20 upheavals: a minute after the healing all have the same, each shown once", async () => {
  const plan = { introductions: 0, seeds: 0, transfers: 0, chat: 0, rooms: SEEDS, first: 1 };

  const { troubles, upheavals, shared, settledMs } = await share(plan, false);

  expect(troubles).toEqual([]);
  expect(upheavals).toBe(SEEDS);
  expect(shared / SEEDS).toBeGreaterThan(200);
  // Where nothing was missing after the healing nothing would be shown.
  expect(settledMs.filter((ms) => ms > 0).length).toBeGreaterThan(SEEDS / 2);
}, 120_000);
