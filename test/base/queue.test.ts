import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Queue } from "../../lib/base/queue.ts";

test("what went in first comes out first, and nothing out of an empty queue", () => {
  const queue = new Queue<string>();
  expect(queue.shift()).toBeUndefined();

  queue.push("a");
  queue.push("b");
  expect([queue.length, queue.shift()]).toEqual([2, "a"]);
  queue.push("c");

  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(["b", "c", undefined]);
  expect(queue.length).toBe(0);
});

test("a queue does what an array does, however full it was and becomes", () => {
  // Runs of pushes and shifts, so that its front is moved up in every state.
  const runs = fc.array(fc.tuple(fc.nat(200), fc.nat(200)), { maxLength: 12 });

  fc.assert(
    fc.property(runs, (all) => {
      const queue = new Queue<number>();
      const array: number[] = [];
      let next = 0;
      for (const [pushes, shifts] of all) {
        for (let i = 0; i < pushes; i++) {
          queue.push(next);
          array.push(next++);
        }
        for (let i = 0; i < shifts; i++) {
          expect(queue.first).toBe(array[0]);
          expect(queue.shift()).toBe(array.shift());
        }
        expect(queue.length).toBe(array.length);
      }
    }),
  );
});

test("undefined is an item like any other", () => {
  const queue = new Queue<number | undefined>();
  queue.push(undefined);
  queue.push(1);

  expect([queue.shift(), queue.length, queue.shift()]).toEqual([undefined, 1, 1]);
});
