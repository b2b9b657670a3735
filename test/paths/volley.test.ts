import { expect, test } from "bun:test";
import { Volley } from "../../lib/paths/volley.ts";

function* countUp(): Generator<number, undefined> {
  for (let port = 1; ; port++) yield port;
}

/** When each probe left. */
function fire(volley: Volley, lateMs = 0): number[] {
  const times: number[] = [];
  for (let now = volley.pollTimeout(); now !== Infinity; now = volley.pollTimeout() + lateMs) {
    while (volley.pollPort(now) !== undefined) times.push(now);
  }
  return times;
}

test("probes leave one by one at first, and at a thousand a second after a second", () => {
  const times = fire(new Volley(1000, countUp(), 2048));
  const within = (fromMs: number, toMs: number): number =>
    times.filter((atMs) => atMs >= 1000 + fromMs && atMs < 1000 + toMs).length;

  expect(times[0]).toBe(1000);
  expect(within(0, 200)).toBe(40);
  expect(within(200, 400)).toBe(80);
  expect(within(1000, 1200)).toBe(200);
  expect(times).toHaveLength(2048);
});

test("between the halves is a pause", () => {
  const times = fire(new Volley(0, countUp(), 2048));

  const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
  expect(gaps[1023]).toBe(600);
  expect(Math.max(...gaps.toSpliced(1023, 1))).toBe(5);
  expect(times.at(-1)).toBeLessThan(3500);
});

test("a timer that is late makes it slower, never faster", () => {
  const times = fire(new Volley(0, countUp(), 500), 20);

  for (const [i, atMs] of times.entries()) {
    expect(times.filter((other) => other >= atMs && other < atMs + 5).length).toBeLessThanOrEqual(
      5,
    );
    expect(atMs).toBeGreaterThanOrEqual(times[i - 1] ?? 0);
  }
});

test("it is over when there are no ports left, or it has sent its count", () => {
  const few = new Volley(0, [7, 8].values(), 100);
  const none = new Volley(0, countUp(), 0);

  expect(fire(few)).toHaveLength(2);
  expect([few.isOver, few.sent]).toEqual([true, 2]);
  expect(fire(none)).toEqual([]);
});
