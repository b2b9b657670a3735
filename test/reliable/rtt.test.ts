import { expect, test } from "bun:test";
import { Rtt } from "../../lib/reliable/rtt.ts";

test("before any measurement a round trip is taken for 333 ms", () => {
  const rtt = new Rtt();

  expect(rtt.isMeasured).toBeFalse();
  expect(rtt.smoothedMs).toBe(333);
  expect(rtt.variationMs).toBe(166.5);
  expect(rtt.probeTimeoutMs).toBe(333 + 4 * 166.5 + 25);
});

test("the first measurement replaces the assumption, whatever delay the peer claims", () => {
  const rtt = new Rtt();

  rtt.onSample(100, 20);

  expect(rtt.isMeasured).toBeTrue();
  expect(rtt.latestMs).toBe(100);
  expect(rtt.minMs).toBe(100);
  expect(rtt.smoothedMs).toBe(100);
  expect(rtt.variationMs).toBe(50);
});

test("later measurements count an eighth, their deviation a quarter", () => {
  const rtt = new Rtt();
  rtt.onSample(100, 0);

  rtt.onSample(180, 0);

  // variation = 3/4 × 50 + 1/4 × |100 − 180|, smoothed = 7/8 × 100 + 1/8 × 180.
  expect(rtt.variationMs).toBe(57.5);
  expect(rtt.smoothedMs).toBe(110);
  expect(rtt.probeTimeoutMs).toBe(110 + 4 * 57.5 + 25);
});

test("the peer's delay is taken off, at most 25 ms of it", () => {
  const rtt = new Rtt();
  rtt.onSample(100, 0);

  rtt.onSample(150, 10_000);

  // 150 − 25 = 125: variation = 3/4 × 50 + 1/4 × 25, smoothed = 7/8 × 100 + 1/8 × 125.
  expect(rtt.latestMs).toBe(150);
  expect(rtt.variationMs).toBe(43.75);
  expect(rtt.smoothedMs).toBe(103.125);
});

test("a delay that would undercut the shortest round trip seen is not believed", () => {
  const rtt = new Rtt();
  rtt.onSample(100, 0);

  rtt.onSample(108, 20);

  expect(rtt.smoothedMs).toBe(101);
});

test("the shortest round trip ignores the peer's delay", () => {
  const rtt = new Rtt();
  rtt.onSample(100, 0);

  rtt.onSample(60, 20);
  rtt.onSample(90, 20);

  expect(rtt.minMs).toBe(60);
});

test("on the steadiest path a timer still has a step of 1 ms", () => {
  const rtt = new Rtt();

  for (let i = 0; i < 100; i++) rtt.onSample(10, 0);

  expect(rtt.variationMs).toBeLessThan(0.001);
  expect(rtt.probeTimeoutMs).toBeCloseTo(10 + 1 + 25);
});
