import { expect, test } from "bun:test";
import { ReceiveWindow } from "../../lib/reliable/receivewindow.ts";

const BYTES = 1000;

test("a limit moves when a quarter of the window is used up, and is told once", () => {
  const window = new ReceiveWindow(BYTES, BYTES);

  window.onTaken(0, 249, 0);
  expect([window.limit, window.isDue]).toEqual([1000, false]);
  window.onTaken(0, 1, 0);
  expect([window.limit, window.isDue]).toEqual([1250, true]);
  window.onSent();

  expect(window.isDue).toBeFalse();
});

test("a limit that was lost is told again as it is now", () => {
  const window = new ReceiveWindow(BYTES, BYTES);
  window.onTaken(0, 600, 0);
  window.onSent();
  window.onTaken(0, 600, 0);
  window.onSent();

  window.onLost();

  expect([window.limit, window.isDue]).toEqual([2200, true]);
});

test("a window doubles where a quarter is used up within two round trips, to its largest", () => {
  const window = new ReceiveWindow(BYTES, 3000);
  const bytes: number[] = [];

  for (const now of [0, 15, 30, 45]) {
    window.onTaken(now, window.bytes / 4, 10);
    bytes.push(window.bytes);
  }

  // The first has nothing before it to measure by.
  expect(bytes).toEqual([1000, 2000, 3000, 3000]);
});

test.each([
  ["slowly", 25, 10],
  ["on a path of less than 10 ms", 1, 9.9],
  ["on a path that is not measured", 0, 0],
])("a window that is used up %s does not grow", (_, gapMs, rttMs) => {
  const window = new ReceiveWindow(BYTES, 3000);

  for (let i = 0; i < 20; i++) window.onTaken(i * gapMs, 500, rttMs);

  expect(window.bytes).toBe(BYTES);
  expect(window.limit).toBe(20 * 500 + BYTES);
});
