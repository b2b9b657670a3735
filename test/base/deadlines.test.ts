import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Deadlines } from "../../lib/base/deadlines.ts";

/** The same by looking at everything each time. */
class NaiveDeadlines {
  readonly #at = new Map<number, number>();

  set(key: number, at: number): void {
    if (at === Infinity) this.#at.delete(key);
    else this.#at.set(key, at);
  }

  delete(key: number): void {
    this.#at.delete(key);
  }

  get next(): number {
    return Math.min(Infinity, ...this.#at.values());
  }

  /** What may be returned first at `now`: all that is due at the earliest time. */
  due(now: number): number[] {
    const earliest = this.next;
    if (earliest > now) return [];
    return [...this.#at].filter(([, at]) => at === earliest).map(([key]) => key);
  }
}

type Step =
  | { readonly kind: "set"; readonly key: number; readonly at: number }
  | { readonly kind: "delete"; readonly key: number }
  | { readonly kind: "poll"; readonly now: number };

const key = fc.nat(150);
const at = fc.oneof({ arbitrary: fc.nat(60), weight: 9 }, fc.constant(Infinity));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("set" as const), key, at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("poll" as const), now: fc.nat(60) }) },
);

test("deadlines do what looking at all of them would do", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600, size: "max" }), (steps) => {
      const deadlines = new Deadlines<number>();
      const model = new NaiveDeadlines();
      for (const one of steps) {
        switch (one.kind) {
          case "set":
            deadlines.set(one.key, one.at);
            model.set(one.key, one.at);
            break;
          case "delete":
            deadlines.delete(one.key);
            model.delete(one.key);
            break;
          case "poll":
            expectSamePoll(deadlines, model, one.now);
            break;
          default:
            one satisfies never;
        }
        expect(deadlines.next).toBe(model.next);
      }
    }),
    { numRuns: 200 },
  );
});

function expectSamePoll(deadlines: Deadlines<number>, model: NaiveDeadlines, now: number): void {
  const allowed = model.due(now);
  const due = deadlines.pollDue(now);
  if (due === undefined) {
    expect(allowed).toEqual([]);
    return;
  }
  expect(allowed).toContain(due);
  model.delete(due);
}

test("a deadline that moves ten thousand times is due once", () => {
  const deadlines = new Deadlines<string>();
  for (let i = 0; i < 10_000; i++) deadlines.set("ann", i % 2 === 0 ? i : 20_000 - i);

  expect(deadlines.next).toBe(10_001);
  expect(deadlines.pollDue(10_000)).toBeUndefined();
  expect(deadlines.pollDue(Infinity)).toBe("ann");
  expect(deadlines.pollDue(Infinity)).toBeUndefined();
  expect(deadlines.next).toBe(Infinity);
});

test("a deadline set again to the time it had before is due once", () => {
  const deadlines = new Deadlines<string>();
  deadlines.set("ann", 5);
  deadlines.set("ann", 9);
  deadlines.set("ann", 5);

  expect(deadlines.pollDue(9)).toBe("ann");
  expect(deadlines.pollDue(9)).toBeUndefined();
});
