import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Ranges } from "../../lib/base/ranges.ts";

function listOf(ranges: Ranges): [number, number][] {
  return Array.from({ length: ranges.count }, (_, i) => [ranges.startOf(i), ranges.endOf(i)]);
}

test("ranges that touch or overlap become one", () => {
  const ranges = new Ranges();

  ranges.add(10, 20);
  ranges.add(30, 40);
  ranges.add(20, 25);
  ranges.add(24, 31);

  expect(listOf(ranges)).toEqual([[10, 40]]);
});

test("ranges with a number between them stay apart", () => {
  const ranges = new Ranges();

  ranges.add(5, 6);
  ranges.add(1, 2);
  ranges.add(3, 4);

  expect(listOf(ranges)).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});

test("removing from the middle leaves both ends", () => {
  const ranges = new Ranges();
  ranges.add(0, 10);

  ranges.remove(4, 6);

  expect(listOf(ranges)).toEqual([
    [0, 4],
    [6, 10],
  ]);
});

test("an empty range changes nothing", () => {
  const ranges = new Ranges();
  ranges.add(0, 10);

  ranges.add(20, 20);
  ranges.add(30, 25);
  ranges.remove(5, 5);

  expect(listOf(ranges)).toEqual([[0, 10]]);
});

test("past the last range there is only infinity", () => {
  const ranges = new Ranges();
  ranges.add(0, 10);

  expect(ranges.startOf(1)).toBe(Infinity);
  expect(ranges.endOf(1)).toBe(Infinity);
  expect(ranges.firstEndingAfter(10)).toBe(1);
});

test("the largest exact numbers are as good as small ones", () => {
  const ranges = new Ranges();
  const last = Number.MAX_SAFE_INTEGER;

  ranges.add(last - 2, last);
  ranges.remove(last - 2, last - 1);

  expect(listOf(ranges)).toEqual([[last - 1, last]]);
});

test("any additions and removals agree with a plain set of numbers", () => {
  const step = fc.record({
    adds: fc.boolean(),
    start: fc.nat(60),
    length: fc.nat(20),
  });

  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ranges = new Ranges();
      const numbers = new Set<number>();
      for (const { adds, start, length } of steps) {
        if (adds) ranges.add(start, start + length);
        else ranges.remove(start, start + length);
        for (let value = start; value < start + length; value++) {
          if (adds) numbers.add(value);
          else numbers.delete(value);
        }
      }

      for (let value = -1; value <= 81; value++) {
        expect(ranges.has(value)).toBe(numbers.has(value));
        const index = ranges.firstEndingAfter(value);
        expect(ranges.endOf(index)).toBeGreaterThan(value);
        if (index > 0) expect(ranges.endOf(index - 1)).toBeLessThanOrEqual(value);
      }
      for (let i = 1; i < ranges.count; i++) {
        expect(ranges.startOf(i)).toBeGreaterThan(ranges.endOf(i - 1));
      }
    }),
  );
});
