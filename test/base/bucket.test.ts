import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { TokenBucket } from "../../lib/base/bucket.ts";

/** How many single tokens are there now. */
function drained(bucket: TokenBucket, now: number): number {
  let count = 0;
  while (bucket.take(now)) count++;
  return count;
}

test("a bucket is full at first and then refills at its rate", () => {
  const bucket = new TokenBucket(1000, 8, 5);

  expect(drained(bucket, 1000)).toBe(5);
  expect(drained(bucket, 1124)).toBe(0);
  expect(drained(bucket, 1125)).toBe(1);
  expect(drained(bucket, 1625)).toBe(4);
});

test("a bucket holds no more than its burst however long it rests", () => {
  const bucket = new TokenBucket(0, 1000, 3);
  drained(bucket, 0);

  expect(drained(bucket, 1e12)).toBe(3);
});

test("what costs more than there is takes nothing", () => {
  const bucket = new TokenBucket(0, 1, 3);

  expect(bucket.take(0, 4)).toBeFalse();
  expect(bucket.take(0, 2)).toBeTrue();
  expect(bucket.take(0, 2)).toBeFalse();
  expect(bucket.take(0, 1)).toBeTrue();
});

test("no sequence of requests gets more than burst and rate allow", () => {
  const requests = fc.array(
    fc.record({ gapMs: fc.nat(2000), cost: fc.integer({ min: 1, max: 4 }) }),
  );

  fc.assert(
    fc.property(requests, (row) => {
      const bucket = new TokenBucket(0, 2, 6);
      let now = 0;
      let taken = 0;
      for (const { gapMs, cost } of row) {
        now += gapMs;
        if (bucket.take(now, cost)) taken += cost;
        expect(taken).toBeLessThanOrEqual(6 + (2 * now) / 1000 + 1e-6);
      }
    }),
  );
});

test("to ask what there is takes nothing", () => {
  const bucket = new TokenBucket(0, 1, 2);

  expect(bucket.has(0, 2)).toBeTrue();
  expect(bucket.has(0, 3)).toBeFalse();
  expect(bucket.take(0, 2)).toBeTrue();
  expect(bucket.has(0)).toBeFalse();
  expect(bucket.has(1000)).toBeTrue();
});
