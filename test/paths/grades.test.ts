import { expect, test } from "bun:test";
import type { Forecast } from "../../lib/paths/forecastwords.ts";
import { gradesOf, isHit, type MeetingOutcome } from "../../lib/paths/grades.ts";

test.each<[Forecast, MeetingOutcome, boolean | undefined]>([
  ["direct", "direct", true],
  ["direct", "lan", true],
  ["direct", "relay", false],
  ["prediction", "none", false],
  ["birthday", "direct", true],
  ["relay", "relay", true],
  ["relay", "none", true],
  ["relay", "direct", false],
  ["relay", "lan", undefined],
  ["unknown", "direct", undefined],
])("who expected %s and got %s was right: %p", (expected, outcome, is) => {
  expect(isHit(expected, outcome)).toBe(is);
});

test("what cannot be graded counts neither way", () => {
  expect(
    gradesOf([
      { expected: "relay", outcome: "lan" },
      { expected: "direct", outcome: "none" },
      { expected: "direct", outcome: "direct" },
    ]),
  ).toEqual([{ expected: "direct", hits: 1, of: 2 }]);
});
