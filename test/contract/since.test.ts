import { expect, test } from "bun:test";
import { parseSince } from "../../lib/contract/since.ts";

const NOW = Date.UTC(2026, 10, 29, 12);

test.each([
  ["90m", NOW - 90 * 60_000],
  ["2h", NOW - 2 * 3_600_000],
  ["3d", NOW - 3 * 86_400_000],
  ["1w", NOW - 7 * 86_400_000],
  ["2026-11-28", new Date(2026, 10, 28).getTime()],
  ["2026-11-28 14:00", new Date(2026, 10, 28, 14).getTime()],
  ["2026-11-28T14:00:30Z", Date.UTC(2026, 10, 28, 14, 0, 30)],
  ["2026-11-28T14:00+02:00", Date.UTC(2026, 10, 28, 12)],
])("%j is a point in time", (text, ms) => {
  expect(parseSince(text, NOW)).toBe(ms);
});

test.each([
  "",
  "yesterday",
  "3y",
  "-3d",
  "2026-13-40",
  "2026-02-31",
  "2026-02-29 10:00",
  "2026-04-31T10:00Z",
  "2026-11-28 25:00",
  "28.11.2026",
  "1",
])("%j is none", (text) => {
  expect(parseSince(text, NOW)).toBeUndefined();
});

test("a leap day is one where there is one", () => {
  expect(parseSince("2028-02-29", NOW)).toBe(new Date(2028, 1, 29).getTime());
});
