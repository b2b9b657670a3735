import { expect, test } from "bun:test";
import { HyStart } from "../../lib/reliable/hystart.ts";
import { seededRandom } from "./link.ts";

// RFC 9406 §4.

test("the window doubles while round trips stay as they are", () => {
  const rounds = new Rounds();

  for (let i = 0; i < 100; i++) rounds.run(50);

  expect(rounds.hystart.growthDivisor).toBe(1);
  expect(rounds.hystart.isOver).toBeFalse();
});

test("growth slows to a quarter when a round's shortest trip is longer by an eighth", () => {
  const rounds = new Rounds();
  rounds.run(80);

  rounds.run(89);
  const below = rounds.hystart.growthDivisor;
  rounds.run(101);

  expect(below).toBe(1);
  expect(rounds.hystart.growthDivisor).toBe(4);
});

test("on a short path only a rise of 4 ms counts, on a long one 16 ms are enough", () => {
  const short = new Rounds();
  const long = new Rounds();
  short.run(1);
  long.run(500);

  short.run(4.9);
  long.run(515);
  const below = [short.hystart.growthDivisor, long.hystart.growthDivisor];
  short.run(8.9);
  long.run(531);

  expect(below).toEqual([1, 1]);
  expect([short.hystart.growthDivisor, long.hystart.growthDivisor]).toEqual([4, 4]);
});

test("fewer than eight samples in a round say nothing", () => {
  const rounds = new Rounds();
  rounds.run(50, 8);

  rounds.run(500, 7);

  expect(rounds.hystart.growthDivisor).toBe(1);
});

test("one slow packet among quick ones is not a rise", () => {
  const rounds = new Rounds();
  rounds.run(50);

  rounds.runEach([90, 90, 90, 90, 90, 90, 90, 51, 90, 90]);

  expect(rounds.hystart.growthDivisor).toBe(1);
});

test("slow start ends after five slow rounds, the first of them included", () => {
  const rounds = new Rounds();
  rounds.run(50);
  rounds.run(60);

  const isOver: boolean[] = [];
  for (let i = 0; i < 5; i++) {
    rounds.run(60 + i);
    isOver.push(rounds.hystart.isOver);
  }

  expect(isOver).toEqual([false, false, false, false, true]);
});

test("the window doubles again when round trips are short again", () => {
  const rounds = new Rounds();
  rounds.run(50);
  rounds.run(60);

  rounds.run(59);
  const resumed = rounds.hystart.growthDivisor;
  for (let i = 0; i < 20; i++) rounds.run(59);

  expect(resumed).toBe(1);
  expect(rounds.hystart.isOver).toBeFalse();
});

test("an event loop's pauses on a loopback path do not end slow start", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seededRandom(seed);
    const rounds = new Rounds();

    // Every fifth round sits through a pause of up to 30 ms, all of its packets.
    for (let i = 0; i < 1000; i++) {
      rounds.run(0.05 + random() * 0.3 + (random() < 0.2 ? random() * 30 : 0));
    }

    expect(rounds.hystart.isOver, `seed ${seed}`).toBeFalse();
  }
});

/** Feeds rounds, each of which ends with the acknowledgement of what left during the last. */
class Rounds {
  readonly hystart = new HyStart();
  #number = 0;

  run(roundTripMs: number, samples = 10): void {
    this.runEach(Array.from({ length: samples }, () => roundTripMs));
  }

  runEach(roundTripsMs: readonly number[]): void {
    const newestSent = this.#number + roundTripsMs.length - 1;
    for (const roundTripMs of roundTripsMs) {
      this.hystart.onAcked(this.#number, roundTripMs, newestSent);
      this.#number += 1;
    }
  }
}
