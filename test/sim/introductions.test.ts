import { expect, test } from "bun:test";
import { INTRODUCTIONS_PER_WORLD } from "./introductions.ts";
import { share } from "./share.ts";

const INTRODUCTIONS = Number(process.env["SIM_INTRODUCTIONS"] ?? 2_000);
const FIRST_SEED = Number(process.env["SEED"] ?? 1);

test("at 10 % loss whoever can meet, by theory, meets, for every easy pair", async () => {
  const plan = { introductions: INTRODUCTIONS, seeds: 0, transfers: 0, first: FIRST_SEED };

  const { introductions, connected, troubles } = await share(plan, false);

  expect(troubles).toEqual([]);
  expect(introductions).toBeWithin(INTRODUCTIONS, INTRODUCTIONS + INTRODUCTIONS_PER_WORLD);
  expect(connected).toBe(introductions);
}, 120_000);
