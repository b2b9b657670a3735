/**
 * What takes many seeds, in one go on all processors: what the compiler learns of the nodes takes
 * as long as dozens of seeds, and so it learns it once for all of them.
 */
import { beforeAll, expect, test } from "bun:test";
import { INTRODUCTIONS_PER_WORLD } from "./introductions.ts";
import { type Plan, share, type Tally } from "./share.ts";

const PLAN: Plan = {
  /** The whole grid once. */
  introductions: 780,
  seeds: 200,
  transfers: 0,
  chat: 500,
  rooms: 20,
  first: 1,
};

let tally: Tally;

beforeAll(async () => {
  tally = await share(PLAN, false);
}, 480_000);

test("780 introductions at 10 % loss: all meet who can, or are carried", () => {
  const { introductions, due, dueConnected } = tally;

  expect(introductions).toBeWithin(
    PLAN.introductions,
    PLAN.introductions + INTRODUCTIONS_PER_WORLD,
  );
  expect(due).toBeGreaterThan(introductions / 2);
  expect(dueConnected).toBe(due);
});

test("200 seeds of turmoil and squalls: none was left out, and many keys were in use", () => {
  const { turmoils, squalls, keys } = tally;

  expect([turmoils, squalls]).toEqual([PLAN.seeds, PLAN.seeds]);
  // Three people and a server have 12 keys, two couriers 2. Restarts and renewals make the rest.
  expect(keys / PLAN.seeds).toBeGreaterThan(2 * (12 + 2));
});

test("500 seeds of strife: rooms in which much is said", () => {
  const { strifes, argued } = tally;

  expect(strifes).toBe(PLAN.chat);
  expect(argued / PLAN.chat).toBeGreaterThan(50);
});

test("20 upheavals: much is said, and most have something to make good once healed", () => {
  const { upheavals, shared, settledMs, betrayals, exposed } = tally;

  expect(upheavals).toBe(PLAN.rooms);
  expect(shared / PLAN.rooms).toBeGreaterThan(200);
  // Where nothing was missing after the healing nothing would be shown.
  expect(settledMs.filter((ms) => ms > 0).length).toBeGreaterThan(PLAN.rooms / 2);
  // Who tells two stories is found out, where they were told to people who have met since.
  expect(exposed).toBeGreaterThan(0);
  expect(betrayals).toBeWithin(exposed, PLAN.rooms / 2);
});

test("nobody met against theory, and a minute after all faults nothing is missing anywhere", () => {
  expect(tally.troubles).toEqual([]);
});
