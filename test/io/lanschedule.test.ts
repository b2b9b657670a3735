import { expect, test } from "bun:test";
import { LanSchedule } from "../../lib/io/lanschedule.ts";

const HALF = (length: number): Uint8Array => new Uint8Array(length).fill(128);

/** The middle of 20 to 120 ms. */
const JITTER_MS = 70;

const MINUTE_MS = 60_000;

test("it announces at once and thrice more, and then is silent until asked", () => {
  const schedule = scheduleOf(false);

  expect(run(schedule, 0, 10 * MINUTE_MS)).toEqual([
    [0, "announce"],
    [1_000, "announce"],
    [3_000, "announce"],
    [7_000, "announce"],
  ]);
  expect(schedule.pollTimeout()).toBe(Infinity);
});

test("it asks soon, then less and less often, but before an announcement of 120 s ends", () => {
  const schedule = scheduleOf(true);

  const asked = run(schedule, 0, 10 * MINUTE_MS).filter(([, act]) => act === "ask");
  const gaps = asked.slice(1).map(([atMs], i) => Math.round(atMs - (asked[i]?.[0] ?? 0)));

  expect(asked[0]?.[0]).toBe(JITTER_MS);
  const doubling = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000].map((ms) => ms + JITTER_MS);
  expect(gaps.slice(0, 6)).toEqual(doubling);
  expect(new Set(gaps.slice(6))).toEqual(new Set([50_000 + JITTER_MS]));
});

test("however often it is asked, it says the same once a second", () => {
  const schedule = scheduleOf(false);
  run(schedule, 0, 10_000);

  const said = Array.from({ length: 500 }, (_, i) => {
    const now = 10_000 + 10 * i;
    schedule.onAsked(now);
    return schedule.poll(now) === undefined ? [] : [now];
  }).flat();

  expect(said).toEqual([10_070, 11_070, 12_070, 13_070, 14_070]);
});

test("an answer that was due is part of an announcement that is due earlier", () => {
  const schedule = scheduleOf(false);
  run(schedule, 0, 999);

  schedule.onAsked(999);

  expect(run(schedule, 999, 2_500)).toEqual([[1_000, "announce"]]);
});

test("others' questions spare one's own, but not the first ones", () => {
  const schedule = scheduleOf(true);
  schedule.onOthersQuestion(0);
  const first = run(schedule, 0, 4_000).filter(([, act]) => act === "ask");
  expect(first.map(([atMs]) => atMs)).toEqual([70, 1_140, 3_210]);

  for (let now = 4_000; now < 10 * MINUTE_MS; now += 1_000) {
    schedule.onOthersQuestion(now);
    expect(schedule.poll(now)).not.toBe("ask");
  }
});

test("who only announces is never made to ask", () => {
  const schedule = scheduleOf(false);
  for (let now = 0; now < 10_000; now += 500) {
    schedule.onOthersQuestion(now);
    expect(schedule.poll(now)).not.toBe("ask");
  }
});

function scheduleOf(isLooking: boolean): LanSchedule {
  return new LanSchedule({ now: 0, random: HALF, isLooking });
}

/** What it does and when, up to a time. */
function run(schedule: LanSchedule, fromMs: number, untilMs: number): [number, string][] {
  const acts: [number, string][] = [];
  for (let now = fromMs; now <= untilMs; now = schedule.pollTimeout()) {
    for (let act = schedule.poll(now); act !== undefined; act = schedule.poll(now)) {
      acts.push([now, act]);
    }
  }
  return acts;
}
