import { expect, test } from "bun:test";
import { keepaliveMs } from "../../lib/paths/keepalive.ts";

test.each([
  ["nothing is known yet", 0, Infinity, 8_000],
  ["it survives what is below the usual already", 10_000, Infinity, 8_000],
  ["it survives longer, and is still measured", 20_000, Infinity, 14_000],
  ["it lives for ever, as far as anybody waits", 120_000, Infinity, 25_000],
  ["it lives from 10 to 20 s", 10_000, 20_000, 7_000],
  ["it lives from 30 to 60 s", 30_000, 60_000, 21_000],
  ["it lives from 60 to 120 s", 60_000, 120_000, 25_000],
  ["not even the shortest rest is survived", 0, 10_000, 3_500],
])("where %s", (_, atLeastMs, belowMs, expected) => {
  expect(keepaliveMs({ atLeastMs, belowMs })).toBeCloseTo(expected);
});
