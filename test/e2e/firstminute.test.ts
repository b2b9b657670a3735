import { expect, test } from "bun:test";
import { firstMinute } from "../support/firstminute.ts";
import { Scratch } from "../support/scratch.ts";

test("three who know nothing of it talk in four steps, and are shown nothing odd", async () => {
  using scratch = new Scratch();

  const { steps, screens } = await firstMinute(scratch);

  expect(steps).toHaveLength(4);
  expect(screens.server).toMatch(/^p2pchat .*the server introduces people and sees no messages$/m);
  for (const who of ["alice", "bob"] as const) {
    for (const line of screens[who].trimEnd().split("\n")) {
      expect(line).toMatch(/^(?:\d\d:\d\d (?:\* |#lobby )\S.*|hello)$/);
    }
  }
  expect(screens.bob).toMatch(/^\d\d:\d\d #lobby alice: hello$/m);
}, 30_000);
