import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { HybridClock, SKEW_MAX_MS, compareTime } from "../../lib/chat/clock.ts";
import { TICK_MAX } from "../../lib/wire/entry.ts";

const ZERO = { wallMs: 0, tick: 0 };

test("readings rise whatever the wall clock does and whatever is heard", () => {
  const step = fc.record({
    now: fc.integer({ min: 0, max: 200_000 }),
    heard: fc.option(
      fc.record({
        wallMs: fc.integer({ min: 0, max: 400_000 }),
        tick: fc.integer({ min: 0, max: TICK_MAX }),
      }),
    ),
  });

  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new HybridClock(ZERO, ZERO);
      let last = ZERO;
      for (const { now, heard } of steps) {
        if (heard !== null) clock.onHeard(now, heard);
        const time = clock.next(now);
        expect(compareTime(time, last)).toBeGreaterThan(0);
        if (heard !== null && heard.wallMs <= now + SKEW_MAX_MS) {
          expect(compareTime(time, heard)).toBeGreaterThan(0);
        }
        last = time;
      }
    }),
  );
});

test("a reading is whole milliseconds", () => {
  const clock = new HybridClock(ZERO, ZERO);

  expect(clock.next(1234.9)).toEqual({ wallMs: 1234, tick: 0 });
  expect(clock.next(1234.95)).toEqual({ wallMs: 1234, tick: 1 });
});

test("a time too far ahead drags nobody along, heard now or found on disk", () => {
  const far = { wallMs: 10 + SKEW_MAX_MS + 1, tick: 0 };
  const clock = new HybridClock(ZERO, far);

  clock.onHeard(10, far);

  expect(clock.next(10)).toEqual({ wallMs: 10, tick: 0 });
});

test("after a restart readings go on above the last own one, wherever the wall clock is", () => {
  const clock = new HybridClock({ wallMs: 5_000_000, tick: 3 }, ZERO);

  expect(clock.next(10)).toEqual({ wallMs: 5_000_000, tick: 4 });
});

test("a full count moves the clock on", () => {
  const clock = new HybridClock({ wallMs: 50, tick: TICK_MAX }, ZERO);

  expect(clock.next(50)).toEqual({ wallMs: 51, tick: 0 });
});
