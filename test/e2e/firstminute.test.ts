import { expect, test } from "bun:test";
import { firstMinute } from "../support/firstminute.ts";
import { Scratch } from "../support/scratch.ts";
import { expectScreen } from "./seats.ts";

test("three who know nothing of it talk in four steps, and are shown nothing odd", async () => {
  using scratch = new Scratch();

  const { steps, server } = await firstMinute(scratch, async (what, terminal) => {
    await expectScreen(terminal, what === "alone" ? "alone-80x24" : `first-${what}-80x24`);
  });

  expect(steps).toHaveLength(4);
  expect(server).toMatch(/^p2pchat .*the server introduces people and sees no messages$/m);
}, 120_000);
