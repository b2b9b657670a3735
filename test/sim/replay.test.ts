import { expect, test } from "bun:test";
import { introduce } from "./introductions.ts";
import { squall } from "./squall.ts";
import { turmoil } from "./turmoil.ts";
import { upheaval } from "./upheaval.ts";

test.each([1, 2])("seed %i replays exactly: two runs of real nodes leave one trace", (seed) => {
  const [once, again] = [introduce(seed), introduce(seed)];

  expect(again).toEqual(once);
});

test.each([1, 2])("seed %i replays exactly with kills, partitions and failing disks", (seed) => {
  expect(turmoil(seed)).toEqual(turmoil(seed));
});

test.each([1, 2])("seed %i replays exactly with bulk, rebindings and new keys", (seed) => {
  expect(squall(seed)).toEqual(squall(seed));
});

test("a seed replays exactly with wrong clocks, partitions and people who come and go", () => {
  expect(upheaval(3)).toEqual(upheaval(3));
});

test("different seeds are different worlds", () => {
  expect(introduce(3).trace).not.toBe(introduce(4).trace);
});
