import { expect, test } from "bun:test";
import { formatKeep, parseKeep } from "../../lib/node/keep.ts";

const HOUR_MS = 3_600_000;

test.each([
  ["forever", { kind: "all" }],
  ["30d", { kind: "age", ms: 720 * HOUR_MS }],
  ["36h", { kind: "age", ms: 36 * HOUR_MS }],
  ["1000", { kind: "count", messages: 1000 }],
] as const)("%s is how much is kept, and is written so again", (text, keep) => {
  expect(parseKeep(text)).toEqual(keep);
  expect(formatKeep(keep)).toBe(text);
});

test("a whole number of days is written in days", () => {
  expect(formatKeep({ kind: "age", ms: 48 * HOUR_MS })).toBe("2d");
});

test.each(["", "0", "0d", "-1", "1.5d", "100001", "99999d", "30 d", "ever", "1w"])(
  "%j is nothing that can be kept",
  (text) => {
    expect(parseKeep(text)).toBeUndefined();
  },
);
