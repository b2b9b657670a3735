import { describe, expect, test } from "bun:test";
import {
  ASKER_BURST,
  INTRODUCTION_EARLY_MS,
  Introductions,
  PAIR_IDLE_MS,
  type Party,
  TARGET_PER_MINUTE,
} from "../../lib/rendezvous/introductions.ts";
import { cardOf, START } from "./people.ts";

const ANN = partyOf(1);
const BOB = partyOf(2);
const MINUTE = 60_000;

function partyOf(seed: number): Party {
  return { peerId: cardOf(seed).peerId, sinceMs: START };
}

function admits(limiter: Introductions, now: number, asker: Party, target: Party): boolean {
  return limiter.admit(now, asker, target) !== undefined;
}

/** When, from the start on, ann's asking for bob every `everyMs` is granted. */
function granted(everyMs: number, durationMs: number, limiter = new Introductions()): number[] {
  const times: number[] = [];
  for (let t = 0; t < durationMs; t += everyMs) {
    if (admits(limiter, START + t, ANN, BOB)) times.push(t);
  }
  return times;
}

describe("a pair", () => {
  test("is introduced at once, on the ladder, then every ten seconds", () => {
    const times = granted(500, MINUTE);

    expect(times).toEqual([0, 500, 1000, 2000, 4000, 14_000, 24_000, 34_000, 44_000, 54_000]);
  });

  test("is introduced six times a minute however often it asks", () => {
    const times = granted(20, 11 * MINUTE);

    for (let minute = 1; minute < 11; minute++) {
      const within = times.filter((t) => t >= minute * MINUTE && t < (minute + 1) * MINUTE);
      expect(within).toHaveLength(6);
    }
  });

  test("may ask a little early, and gains nothing by it", () => {
    const limiter = new Introductions();
    const early = 500 - INTRODUCTION_EARLY_MS;

    expect(admits(limiter, START, ANN, BOB)).toBe(true);
    expect(admits(limiter, START + early - 1, ANN, BOB)).toBe(false);
    expect(admits(limiter, START + early, ANN, BOB)).toBe(true);
    expect(admits(limiter, START + early + 100, ANN, BOB)).toBe(false);
  });

  test("is told how often it was introduced before, until it was left alone", () => {
    const limiter = new Introductions();
    const times = [0, 500, 1000, 2000, 4000, 14_000, 24_000, 24_000 + PAIR_IDLE_MS];

    const rounds = times.map((t) => limiter.admit(START + t, ANN, BOB));

    expect(rounds).toEqual([0, 1, 2, 3, 4, 5, 6, 0]);
  });

  test("is the same pair from both sides", () => {
    const limiter = new Introductions();

    expect(admits(limiter, START, ANN, BOB)).toBe(true);
    expect(admits(limiter, START + 1, BOB, ANN)).toBe(false);
  });

  test("begins anew with a new session of either", () => {
    const limiter = new Introductions();
    granted(20, MINUTE, limiter);

    expect(admits(limiter, START + MINUTE, ANN, BOB)).toBe(false);
    expect(admits(limiter, START + MINUTE, ANN, { ...BOB, sinceMs: START + MINUTE })).toBe(true);
    expect(admits(limiter, START + MINUTE, BOB, { ...ANN, sinceMs: START + MINUTE })).toBe(true);
  });

  test("does not save up the steps that it let pass", () => {
    const limiter = new Introductions();
    admits(limiter, START, ANN, BOB);

    const times = [3000, 3050, 3300, 3450, 3500, 3900, 4000].filter((t) =>
      admits(limiter, START + t, ANN, BOB),
    );

    expect(times).toEqual([3000, 3450, 3900]);
  });

  test("begins anew after a minute of rest", () => {
    const limiter = new Introductions();
    granted(100, 5000, limiter);

    expect(admits(limiter, START + 4000 + 9000, ANN, BOB)).toBe(false);
    expect(admits(limiter, START + 4000 + PAIR_IDLE_MS, ANN, BOB)).toBe(true);
    expect(admits(limiter, START + 4000 + PAIR_IDLE_MS + 500, ANN, BOB)).toBe(true);
  });
});

describe("a target", () => {
  /** How many of `count` strangers who all ask at `at` are introduced to bob. */
  function strangers(limiter: Introductions, at: number, count: number, from: number): number {
    const ids = Array.from({ length: count }, (_, i) => partyOf(from + i));
    return ids.filter((id) => admits(limiter, at, id, BOB)).length;
  }

  test("hears of no more strangers in any minute than the limit", () => {
    const limiter = new Introductions();
    const perSecond: number[] = [];

    for (let s = 0; s < 180; s++) {
      perSecond.push(strangers(limiter, START + 1000 * s, 20, 1000 + 20 * s));
    }

    for (let s = 0; s <= 120; s++) {
      const minute = perSecond.slice(s, s + 60).reduce((sum, count) => sum + count, 0);
      expect(minute).toBeLessThanOrEqual(TARGET_PER_MINUTE);
    }
    expect(perSecond[0]).toBe(20);
    expect(perSecond.slice(120).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(60);
  });

  test("that is out of reach costs the others nothing", () => {
    const limiter = new Introductions();

    strangers(limiter, START, TARGET_PER_MINUTE, 1000);

    expect(admits(limiter, START, ANN, BOB)).toBe(false);
    expect(admits(limiter, START, ANN, partyOf(3))).toBe(true);
    expect(admits(limiter, START, BOB, partyOf(4))).toBe(true);
  });

  test("that is out of reach costs the asker nothing", () => {
    const limiter = new Introductions();
    strangers(limiter, START, TARGET_PER_MINUTE, 1000);
    const targets = Array.from({ length: ASKER_BURST + 1 }, (_, i) => partyOf(10_000 + i));

    const refused = Array.from({ length: 100 }, () => admits(limiter, START, ANN, BOB));
    const atOnce = targets.filter((target) => admits(limiter, START, ANN, target));

    expect(refused).not.toContain(true);
    expect(atOnce).toHaveLength(ASKER_BURST);
  });
});

test("an asker is introduced to so many at once, and then as its bucket refills", () => {
  const limiter = new Introductions();
  const targets = Array.from({ length: ASKER_BURST + 100 }, (_, i) => partyOf(10 + i));

  const atOnce = targets.filter((target) => admits(limiter, START, ANN, target));
  const aSecondLater = targets.slice(-100).filter((target) => {
    return admits(limiter, START + 1000, ANN, target);
  });

  expect(atOnce).toHaveLength(ASKER_BURST);
  expect(aSecondLater).toHaveLength(8);
});

test("what is over is forgotten in time, and then nothing is due", () => {
  const limiter = new Introductions();
  expect(limiter.pollTimeout()).toBe(Infinity);
  admits(limiter, START, ANN, BOB);

  const first = limiter.pollTimeout();
  limiter.handleTimeout(first);
  const second = limiter.pollTimeout();
  limiter.handleTimeout(second);

  expect(first).toBe(START + PAIR_IDLE_MS);
  expect(second).toBe(START + 2 * PAIR_IDLE_MS);
  expect(limiter.pollTimeout()).toBe(Infinity);
});
