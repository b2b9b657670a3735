import { expect, test } from "bun:test";
import { share } from "./share.ts";

const SEEDS = 200;

test("200 seeds of turmoil and squalls: everything arrives within a minute of peace", async () => {
  const plan = { introductions: 0, seeds: SEEDS, transfers: 0, chat: 0, rooms: 0, first: 1 };

  const { troubles, turmoils, squalls, keys } = await share(plan, false);

  expect(troubles).toEqual([]);
  expect([turmoils, squalls]).toEqual([SEEDS, SEEDS]);
  // Three people and a server have 12 keys, two couriers 2. Restarts and renewals make the rest.
  expect(keys / SEEDS).toBeGreaterThan(2 * (12 + 2));
}, 120_000);
