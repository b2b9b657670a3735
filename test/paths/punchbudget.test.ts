import { expect, test } from "bun:test";
import {
  PUNCH_GAP_MS,
  PUNCH_PACKETS_BURST,
  PUNCH_PACKETS_PER_SECOND,
  PUNCH_SOCKETS_MAX,
  PunchBudget,
  type PunchWish,
  STRANGER_PUNCHES_BURST,
  STRANGER_PUNCHES_PER_HOUR,
} from "../../lib/paths/punchbudget.ts";
import type { Tactic } from "../../lib/paths/tactics.ts";

const BIRTHDAY: Tactic = { kind: "search", low: 1024, high: 65_535, probes: 2048 };
const SPREAD: Tactic = { kind: "spread", sockets: 256, reaches: false };
const BLOCK: Tactic = { kind: "search", low: 20_000, high: 20_511, probes: 128 };
const MEET: Tactic = { kind: "meet", sockets: 25, port: 9000 };
const HOUR_MS = 3_600_000;

function wish(tactic: Tactic, more: Partial<PunchWish> = {}): PunchWish {
  const free = { socketsHeld: 0, isTrusted: true, isTurn: true, waitMs: 0, headStartMs: 0 };
  return { tactic, ...free, ...more };
}

test.each([BIRTHDAY, SPREAD])("two that cost much are twenty seconds apart: $kind", (tactic) => {
  const budget = new PunchBudget(0);
  const begun = Array.from({ length: 600 }, (_, i) => {
    return budget.take(100 * i, wish(i % 2 === 0 ? BIRTHDAY : tactic));
  });

  const times = begun.filter((atMs) => atMs !== undefined);
  const gaps = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
  expect(times).toHaveLength(4);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(PUNCH_GAP_MS);
});

test("one that comes a little early begins later, and one far too early does not", () => {
  const budget = new PunchBudget(0);

  expect(budget.take(0, wish(SPREAD))).toBe(0);
  expect(budget.take(PUNCH_GAP_MS - 4_001, wish(SPREAD))).toBeUndefined();
  expect(budget.take(PUNCH_GAP_MS - 400, wish(SPREAD))).toBe(PUNCH_GAP_MS);
});

test("both sides begin when the turn does, and neither waits for longer than a little", () => {
  const [rested, tired] = [new PunchBudget(0), new PunchBudget(0)];

  expect(tired.take(0, wish(SPREAD))).toBe(0);
  const now = PUNCH_GAP_MS - 2_000;
  expect(tired.take(now, wish(SPREAD, { waitMs: 2_500 }))).toBe(now + 2_500);
  expect(rested.take(now, wish(BIRTHDAY, { waitMs: 4_001 }))).toBeUndefined();
  expect(rested.take(now, wish(BIRTHDAY, { waitMs: 2_500 }))).toBe(now + 2_500);
});

test("what gives calls a head start begins later, and the next one after that", () => {
  const budget = new PunchBudget(0);

  expect(budget.take(0, wish(BLOCK, { headStartMs: 200 }))).toBe(200);
  expect(budget.take(0, wish(SPREAD, { headStartMs: 200 }))).toBe(200);
  expect(budget.take(PUNCH_GAP_MS, wish(SPREAD))).toBe(PUNCH_GAP_MS + 200);
});

test.each([BIRTHDAY, SPREAD, MEET])("only at its turn, where anybody says so: $kind", (tactic) => {
  const budget = new PunchBudget(0);

  expect(budget.take(0, wish(tactic, { isTurn: false }))).toBeUndefined();
  expect(budget.take(0, wish(tactic, { isTurn: undefined }))).toBe(0);
});

test("what costs little needs no turn, as long as the packets last", () => {
  const budget = new PunchBudget(0);
  const isTurn = false;

  const atOnce = Array.from({ length: 100 }, () => budget.take(0, wish(BLOCK, { isTurn })));
  const later = Array.from({ length: 100 }, () => budget.take(10_000, wish(BLOCK, { isTurn })));

  const begun = (times: readonly (number | undefined)[]): number =>
    times.filter((atMs) => atMs !== undefined).length;
  expect(begun(atOnce)).toBe(PUNCH_PACKETS_BURST / 128);
  expect(begun(later)).toBe((10 * PUNCH_PACKETS_PER_SECOND) / 128);
  expect(budget.take(10_000, wish(BIRTHDAY))).toBe(10_000);
});

test("strangers leave others their share of the packets, and of the costly ones", () => {
  const budget = new PunchBudget(0);
  const stranger = { isTrusted: false };

  let small = 0;
  while (budget.take(0, wish(BLOCK, stranger)) !== undefined) small += 1;
  let costly = 0;
  for (let now = 0; now < 2 * HOUR_MS; now += PUNCH_GAP_MS) {
    if (budget.take(now, wish(BIRTHDAY, stranger)) !== undefined) costly += 1;
  }

  expect(small).toBe(PUNCH_PACKETS_BURST / 2 / 128);
  expect(costly).toBe(STRANGER_PUNCHES_BURST + 2 * STRANGER_PUNCHES_PER_HOUR - 1);
  expect(budget.take(2 * HOUR_MS, wish(BIRTHDAY))).toBe(2 * HOUR_MS);
});

test("no more sockets than may be, and one that is refused costs nothing", () => {
  const budget = new PunchBudget(0);
  const socketsHeld = PUNCH_SOCKETS_MAX - 255;

  expect(budget.take(0, wish(SPREAD, { socketsHeld }))).toBeUndefined();
  expect(budget.take(0, wish(SPREAD, { socketsHeld: socketsHeld - 1 }))).toBe(0);
});
