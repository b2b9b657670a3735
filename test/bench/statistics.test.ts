import { expect, test } from "bun:test";
import { median, quantile, summarise } from "./statistics.ts";

test("a median is the one in the middle, or the mean of the two there", () => {
  expect(median([30, 10, 20])).toBe(20);
  expect(median([40, 10, 30, 20])).toBe(25);
  expect(median([7])).toBe(7);
});

test("a quantile is a value that was measured, and the last one is the greatest", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);

  expect(quantile(values, 0.5)).toBe(50);
  expect(quantile(values, 0.99)).toBe(99);
  expect(quantile(values, 1)).toBe(100);
  expect(quantile([5], 0.01)).toBe(5);
});

test("nothing measured has no middle", () => {
  expect(median([])).toBeNaN();
  expect(quantile([], 0.5)).toBeNaN();
});

test("a summary leaves what it sums up as it was", () => {
  const values = [3, 1, 2];

  expect(summarise(values)).toEqual({ median: 2, min: 1, max: 3, count: 3 });
  expect(values).toEqual([3, 1, 2]);
});
