import { expect, test } from "bun:test";
import { INTRODUCTIONS_PER_WORLD } from "./introductions.ts";
import { share } from "./share.ts";

/** The whole grid once. */
const INTRODUCTIONS = Number(process.env["SIM_INTRODUCTIONS"] ?? 780);
const FIRST_SEED = Number(process.env["SEED"] ?? 1);

test("at 10 % loss all meet who can, or are carried, and nobody against theory", async () => {
  const plan = {
    introductions: INTRODUCTIONS,
    seeds: 0,
    transfers: 0,
    chat: 0,
    rooms: 0,
    first: FIRST_SEED,
  };

  const { introductions, due, dueConnected, troubles } = await share(plan, false);

  expect(troubles).toEqual([]);
  expect(introductions).toBeWithin(INTRODUCTIONS, INTRODUCTIONS + INTRODUCTIONS_PER_WORLD);
  expect(due).toBeGreaterThan(introductions / 2);
  expect(dueConnected).toBe(due);
}, 120_000);
