import { expect, test } from "bun:test";
import { makeClock } from "../../lib/base/clock.ts";

test("a clock runs with the monotonic one", () => {
  const { clock, time } = made();

  time.monotonic += 500;
  time.wall += 500;

  expect(clock.now()).toBe(1500);
});

test("a clock steps over a sleep, during which the monotonic one stood still", () => {
  const { clock, time } = made();

  time.wall += 3_600_000;
  const awake = clock.now();
  time.monotonic += 10;
  time.wall += 10;

  expect(awake).toBe(3_601_000);
  expect(clock.now()).toBe(3_601_010);
});

test("a clock does not follow a wall clock that is set back or corrected a little", () => {
  const { clock, time } = made();

  time.wall -= 60_000;
  const after = clock.now();
  time.wall = 1900;

  expect(after).toBe(1000);
  expect(clock.now()).toBe(1000);
});

function made() {
  const time = { monotonic: 1000, wall: 1000 };
  const clock = makeClock(
    () => time.monotonic,
    () => time.wall,
  );
  return { clock, time };
}
