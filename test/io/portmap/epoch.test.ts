import { expect, test } from "bun:test";
import { RouterEpoch } from "../../../lib/io/portmap/epoch.ts";

const T0 = 1_700_000_000_000;

/** What the second of two answers tells, so many seconds later here and on the router. */
function hasBegunAnew(hereS: number, thereS: number): boolean {
  const epoch = new RouterEpoch();
  epoch.handleEpoch(T0, 10_000);
  return epoch.handleEpoch(T0 + hereS * 1000, 10_000 + thereS);
}

test("the first answer tells nothing", () => {
  expect(new RouterEpoch().handleEpoch(T0, 0)).toBe(false);
});

test("a router whose clock goes about as this machine's has not begun anew", () => {
  expect(hasBegunAnew(0, 0)).toBe(false);
  expect(hasBegunAnew(60, 60)).toBe(false);
  expect(hasBegunAnew(3600, 3400)).toBe(false);
  expect(hasBegunAnew(3600, 3800)).toBe(false);
});

test("answers that overtake one another are a second apart", () => {
  expect(hasBegunAnew(0, -1)).toBe(false);
});

test("a router that counts from the beginning has begun anew", () => {
  expect(hasBegunAnew(60, -10_000)).toBe(true);
  expect(hasBegunAnew(60, -2)).toBe(true);
});

test("a router that has counted much less or more than has passed has begun anew", () => {
  expect(hasBegunAnew(3600, 20)).toBe(true);
  expect(hasBegunAnew(60, 3600)).toBe(true);
});

test("what a router has begun anew is where it counts from", () => {
  const epoch = new RouterEpoch();
  epoch.handleEpoch(T0, 10_000);

  expect(epoch.handleEpoch(T0 + 60_000, 5)).toBe(true);
  expect(epoch.handleEpoch(T0 + 120_000, 65)).toBe(false);
});
