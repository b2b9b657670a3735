import { expect, test } from "bun:test";
import { Alarm } from "../../lib/io/alarm.ts";
import { until } from "./support/sockets.ts";

/** A clock that a test can have step over sleep. */
function alarmClock() {
  const rungAtMs: number[] = [];
  let sleptMs = 0;
  const now = (): number => performance.now() + sleptMs;
  const alarm = new Alarm({ now }, () => rungAtMs.push(now()));
  const sleep = (ms: number): void => void (sleptMs += ms);
  return { alarm, rungAtMs, now, sleep };
}

test("it rings once, not before it is due, and again only when it is set again", async () => {
  const { alarm, rungAtMs, now } = alarmClock();
  const dueAtMs = now() + 20;

  alarm.setFor(dueAtMs + 50);
  alarm.setFor(dueAtMs);
  alarm.setFor(dueAtMs + 50);
  await until(() => rungAtMs.length > 0);
  await Bun.sleep(80);

  expect(rungAtMs).toHaveLength(1);
  expect(rungAtMs[0]).toBeGreaterThanOrEqual(dueAtMs);
});

test("what came due while the machine slept rings at the next setting", async () => {
  const { alarm, rungAtMs, now, sleep } = alarmClock();
  const dueAtMs = now() + 60_000;

  alarm.setFor(dueAtMs);
  sleep(3_600_000);
  alarm.setFor(dueAtMs);
  await until(() => rungAtMs.length > 0, 500);

  expect(rungAtMs).toHaveLength(1);
});

test("setting it again and again for what is due does not put it off", async () => {
  const { alarm, rungAtMs, now, sleep } = alarmClock();
  const dueAtMs = now() + 60_000;
  alarm.setFor(dueAtMs);
  sleep(3_600_000);
  const untilMs = performance.now() + 300;

  while (rungAtMs.length === 0 && performance.now() < untilMs) {
    alarm.setFor(dueAtMs);
    await new Promise(setImmediate);
  }

  expect(rungAtMs).toHaveLength(1);
});
