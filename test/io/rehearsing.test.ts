import { expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AFTER_MS, Rehearsing } from "../../lib/io/rehearsing.ts";
import { until } from "../support/until.ts";

/** What takes so many steps, and counts them. */
class Play {
  begun = 0;
  steps = 0;
  readonly #stepsMax: number;

  constructor(stepsMax: number) {
    this.#stepsMax = stepsMax;
  }

  readonly start = (): this => {
    this.begun += 1;
    return this;
  };

  step(): boolean {
    this.steps += 1;
    return this.steps < this.#stepsMax;
  }
}

test("it is played once, to its end, however often it is begun", async () => {
  const play = new Play(1_000);
  const rehearsing = new Rehearsing(play.start);

  rehearsing.begin();
  rehearsing.begin();
  const atOnce = play.begun;
  await until(() => play.steps === 1_000, "the end");
  rehearsing.begin();
  await sleep(3 * AFTER_MS);

  expect(atOnce).toBe(0);
  expect([play.begun, play.steps]).toEqual([1, 1_000]);
});

test("it is given up when somebody is met, before it or in the middle", async () => {
  const [early, endless] = [new Play(10), new Play(Infinity)];
  const before = new Rehearsing(early.start);
  const midway = new Rehearsing(endless.start);

  before.begin();
  before.end();
  before.begin();
  midway.begin();
  await until(() => endless.steps > 0, "the beginning");
  midway.end();
  const { steps } = endless;
  await sleep(3 * AFTER_MS);

  expect(early.begun).toBe(0);
  expect(endless.steps).toBe(steps);
});

test("a mistake in it ends it, and nothing else", async () => {
  let steps = 0;
  const rehearsing = new Rehearsing(() => ({
    step: () => {
      steps += 1;
      if (steps === 3) throw new Error("a mistake");
      return true;
    },
  }));

  rehearsing.begin();
  await until(() => steps === 3, "the mistake");
  await sleep(3 * AFTER_MS);

  expect(steps).toBe(3);
});
