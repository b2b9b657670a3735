import { expect, test } from "bun:test";
import { parseAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import {
  PROBE_BYTES_PER_INTRODUCTION,
  PROBES_PER_INTRODUCTION,
} from "../../lib/paths/allowance.ts";
import { PROBES_TO_SHOWN, Probing, PUNCH_ANSWERS_MAX } from "../../lib/paths/probing.ts";
import { isSameWay, type Way } from "../../lib/paths/way.ts";

const ANNOUNCED = Array.from({ length: 8 }, (_, i) => at(i + 1));

interface Probe {
  readonly atMs: number;
  readonly to: Way;
}

/** What an introduction pays for before anybody has shown where it is. */
const PROBES_OF_ROUNDS = PROBES_PER_INTRODUCTION - PROBES_TO_SHOWN;

/** All that is sent until nothing is due any more. */
function play(probing: Probing, fromMs = 0): Probe[] {
  const probes: Probe[] = [];
  for (let now = fromMs; now !== Infinity; now = probing.pollTimeout()) {
    probing.handleTimeout(now);
    for (let to = probing.pollProbe(); to !== undefined; to = probing.pollProbe()) {
      probes.push({ atMs: now, to });
    }
  }
  return probes;
}

test("one candidate is tried at once, quickly again, then ever more slowly", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, [at(1)]);

  const times = play(probing).map(({ atMs }) => atMs);

  expect(times.slice(0, 8)).toEqual([0, 50, 150, 300, 500, 800, 1200, 1800]);
  expect(times).toHaveLength(PROBES_OF_ROUNDS);
  const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
  expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
});

test("a round goes to every candidate, the first of them first", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, ANNOUNCED.slice(0, 3));

  const first = play(probing).filter(({ atMs }) => atMs === 0);

  expect(first.map(({ to }) => to)).toEqual(ANNOUNCED.slice(0, 3));
});

test("rounds leave four of twenty probes and of 6 kB to whoever shows where it is", () => {
  for (const [bytes, rounds, more] of [
    [100, PROBES_OF_ROUNDS, PROBES_TO_SHOWN],
    [300, PROBES_OF_ROUNDS, PROBES_TO_SHOWN],
    [301, PROBES_OF_ROUNDS - 1, PROBES_TO_SHOWN],
    [1200, 1, PROBES_TO_SHOWN],
    [PROBE_BYTES_PER_INTRODUCTION + 1, 0, 0],
  ] as const) {
    const probing = new Probing(bytes);
    probing.onIntroduction(0, ANNOUNCED);

    expect(play(probing)).toHaveLength(rounds);
    expect(probing.isExhausted).toBe(true);
    probing.onAuthenticSource(60_000, at(77));
    expect(play(probing, 60_000)).toHaveLength(more);
  }
});

test("whenever punches come, and from wherever, all of an introduction is twenty probes", () => {
  for (const count of [1, 3, 8]) {
    for (let gapMs = 1; gapMs < 20_000; gapMs *= 3) {
      const probing = new Probing(300);
      const forged = Array.from({ length: 40 }, (_, i) => at(100 + i));
      let [answers, probes] = [0, 0];
      probing.onIntroduction(0, ANNOUNCED.slice(0, count));
      for (let now = 0; now !== Infinity || forged.length > 0;) {
        probing.handleTimeout(now);
        while (probing.pollProbe() !== undefined) probes += 1;
        const source = now % gapMs === 0 ? forged.shift() : undefined;
        if (source !== undefined && probing.onPunched(now, source)) answers += 1;
        const punchAtMs = forged.length > 0 ? now - (now % gapMs) + gapMs : Infinity;
        now = Math.min(probing.pollTimeout(), punchAtMs);
      }

      expect(answers).toBeWithin(1, PUNCH_ANSWERS_MAX + 1);
      expect(answers + probes).toBe(PROBES_PER_INTRODUCTION);
    }
  }
});

test("what went ahead of the first probe is of the twenty", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, ANNOUNCED, { datagrams: 8, bytes: 96, waitMs: 15 });

  const rounds = play(probing);
  probing.onAuthenticSource(60_000, at(77));

  expect(rounds[0]?.atMs).toBe(15);
  expect(rounds.length + play(probing, 60_000).length + 8).toBe(PROBES_PER_INTRODUCTION);
});

test("another introduction begins a new ladder with a budget of its own, not two", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, [at(1)]);
  probing.onIntroduction(0, [at(1)]);

  const probes = play(probing);
  probing.onIntroduction(60_000, [at(2)]);
  const later = play(probing, 60_000);

  expect(probes).toHaveLength(PROBES_OF_ROUNDS);
  expect(later).toHaveLength(PROBES_OF_ROUNDS);
  expect(later.every(({ to }) => isSameWay(to, at(2)))).toBe(true);
});

test("an introduction without candidates sends nothing", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, []);

  expect(play(probing)).toEqual([]);
});

test("where an authenticated probe came from is tried from the next round on", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, [at(1)]);
  probing.onAuthenticSource(0, at(77));

  const probes = play(probing);

  expect(probes[0]).toEqual({ atMs: 0, to: at(1) });
  expect(probes[1]).toEqual({ atMs: 50, to: at(1) });
  expect(probes[2]).toEqual({ atMs: 50, to: at(77) });
});

test("who shows where it is when all is spent is called there four times more, once", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, [at(1)]);
  play(probing);
  probing.onAuthenticSource(60_000, at(77));
  const more = play(probing, 60_000);
  probing.onAuthenticSource(70_000, at(78));

  expect(more).toEqual([150, 300, 450, 600].map((ms) => ({ atMs: 60_000 + ms, to: at(77) })));
  expect(play(probing, 70_000)).toEqual([]);
  expect(probing.isExhausted).toBe(true);
});

test("the same address is another source where it came to another socket", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, [at(1)]);
  probing.onAuthenticSource(0, at(1, 7));
  probing.onAuthenticSource(0, at(1));

  expect(probing.candidates).toEqual([at(1), at(1, 7)]);
});

test("of sources the latest four are kept, and no more than eight of the announced", () => {
  const probing = new Probing(100);
  probing.onIntroduction(0, [...ANNOUNCED, at(50)]);
  for (let i = 0; i < 100; i++) probing.onAuthenticSource(0, at(100 + i));

  expect(probing.candidates).toEqual([...ANNOUNCED, at(196), at(197), at(198), at(199)]);
});

function at(number: number, socket = 0): Way {
  const remote = parseAddress(`192.0.2.${number}:4000`);
  assert(remote !== undefined, "a test's addresses are addresses");
  return { socket, remote };
}
