import { expect, test } from "bun:test";
import { upheaval } from "./upheaval.ts";

test("what was told as read above a gap, and counts for nothing since, is told anew", () => {
  // Here one has read up to 22 of a chain before some of it came, and its author lost their word.
  expect(upheaval(158).troubles).toEqual([]);
}, 240_000);
