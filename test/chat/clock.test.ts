import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { SKEW_MAX_MS, compareTime, isNear, nextReading } from "../../lib/chat/clock.ts";
import { TICK_MAX } from "../../lib/wire/entry.ts";

const ZERO = { wallMs: 0, tick: 0 };
const TEN_YEARS_MS = 10 * 31_557_600_000;

const time = fc.record({
  wallMs: fc.integer({ min: 0, max: 400_000 }),
  tick: fc.integer({ min: 0, max: TICK_MAX }),
});

test("a reading is above the last own one and what was heard, wherever the wall clock is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500_000 }), time, time, (now, last, heard) => {
      const reading = nextReading(now, last, heard);

      expect(compareTime(reading, last)).toBeGreaterThan(0);
      expect(compareTime(reading, heard)).toBeGreaterThan(0);
      expect(reading.wallMs).toBeGreaterThanOrEqual(now);
    }),
  );
});

test("a reading is whole milliseconds", () => {
  const first = nextReading(1234.9, ZERO, ZERO);

  expect(first).toEqual({ wallMs: 1234, tick: 0 });
  expect(nextReading(1234.95, first, ZERO)).toEqual({ wallMs: 1234, tick: 1 });
});

test("two clocks that are each wrong by ten years follow one another", () => {
  const early = 1_790_000_000_000 - TEN_YEARS_MS;

  expect(isNear(early, { wallMs: early + 2 * TEN_YEARS_MS, tick: TICK_MAX })).toBe(true);
});

test("a time further ahead than any clock is wrong drags nobody along", () => {
  expect(isNear(10, { wallMs: 10 + SKEW_MAX_MS, tick: 0 })).toBe(true);
  expect(isNear(10, { wallMs: 10 + SKEW_MAX_MS + 1, tick: 0 })).toBe(false);
});

test("a full count moves the clock on", () => {
  expect(nextReading(50, { wallMs: 50, tick: TICK_MAX }, ZERO)).toEqual({ wallMs: 51, tick: 0 });
});
