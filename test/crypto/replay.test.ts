import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { REPLAY_WINDOW, ReplayWindow } from "../../lib/crypto/replay.ts";

/** As the window should be, with all the memory in the world. */
class Ledger {
  readonly #accepted = new Set<number>();
  #highest = -1;

  take(counter: number): boolean {
    if (this.#accepted.has(counter) || this.#highest - counter > REPLAY_WINDOW) return false;
    this.#accepted.add(counter);
    this.#highest = Math.max(this.#highest, counter);
    return true;
  }
}

function take(window: ReplayWindow, counter: number): boolean {
  const fresh = window.check(counter);
  if (fresh) window.accept(counter);
  return fresh;
}

const jumps = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -40, max: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: -REPLAY_WINDOW - 70, max: REPLAY_WINDOW + 70 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 22 }) },
);

test("any walk over the counters is judged as by a ledger of all of them", () => {
  fc.assert(
    fc.property(fc.array(jumps, { maxLength: 400 }), (steps) => {
      const [window, ledger] = [new ReplayWindow(), new Ledger()];
      let at = 0;
      for (const step of steps) {
        at = Math.max(0, at + step);
        expect(take(window, at)).toBe(ledger.take(at));
      }
    }),
  );
});

test("asking does not move the window", () => {
  const window = new ReplayWindow();
  window.accept(1);

  expect(window.check(2 ** 40)).toBe(true);
  expect(window.check(0)).toBe(true);
  expect(window.check(1)).toBe(false);
});

test("a window as wide as it says is open below the highest counter, and no wider", () => {
  const window = new ReplayWindow();
  const highest = 10 * REPLAY_WINDOW + 17;
  window.accept(highest);

  expect(REPLAY_WINDOW).toBeGreaterThanOrEqual(2048);
  expect(window.check(highest - REPLAY_WINDOW)).toBe(true);
  expect(window.check(highest - REPLAY_WINDOW - 1)).toBe(false);
});

test("numbers that count nothing are refused", () => {
  const window = new ReplayWindow();

  const odd = [-1, 0.5, Number.NaN, Infinity, Number.MAX_SAFE_INTEGER, 2 ** 53];

  expect(odd.map((counter) => window.check(counter))).toEqual(odd.map(() => false));
});

test("accepting what was not to be accepted stops the program", () => {
  const window = new ReplayWindow();
  window.accept(4);

  expect(() => window.accept(4)).toThrow("accepted once");
});
