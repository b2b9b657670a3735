import { expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BUSY_MS, Idle, IDLE_MS, REST_MS } from "../../lib/io/idle.ts";
import { until } from "../support/until.ts";

/** A clock that a test sets. */
class HandClock {
  at = 1000;
  now(): number {
    return this.at;
  }
}

test("it does nothing while something happens, then step by step all that there is", async () => {
  const clock = new HandClock();
  let left = 3;
  const idle = new Idle(clock, () => (left -= 1) > 0);

  idle.onActive(clock.now());
  await sleep(IDLE_MS + 2 * REST_MS);
  const whileBusy = left;
  clock.at += IDLE_MS;
  await until(() => left === 0, "all steps");
  await sleep(3 * REST_MS);

  expect(whileBusy).toBe(3);
  expect(left).toBe(0);
  idle.close();
});

test("where something always happens it does a step now and then", async () => {
  const clock = new HandClock();
  let steps = 0;
  const idle = new Idle(clock, () => (steps += 1) > 0);
  idle.onActive(clock.now());

  clock.at += BUSY_MS;
  idle.onActive(clock.now());
  await until(() => steps === 1, "a step");
  idle.onActive(clock.now());
  await sleep(IDLE_MS + 2 * REST_MS);

  expect(steps).toBe(1);
  idle.close();
});

test("once closed it does nothing more", async () => {
  const clock = new HandClock();
  let steps = 0;
  const idle = new Idle(clock, () => (steps += 1) > 0);
  idle.onActive(clock.now());
  clock.at += IDLE_MS;

  idle.close();
  idle.onActive(clock.now());
  await sleep(IDLE_MS + 2 * REST_MS);

  expect(steps).toBe(0);
});
