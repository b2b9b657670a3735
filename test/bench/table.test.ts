import { expect, test } from "bun:test";
import { atLeast, atMost, isMet, type Result, type Row } from "./bars.ts";
import { Records, resultsOf } from "./results.ts";
import { numberText, objectsOf, tableOf } from "./table.ts";

function verdicts(result: Result | undefined): (boolean | undefined)[] {
  const { must, goal } = result?.row.bars ?? {};
  return [must, goal].map((bar) => bar && result && isMet(bar, result));
}

const BURST: Row = {
  name: "burst",
  unit: "ms",
  subject: "burst.session.ms",
  reference: { name: "plain", key: "burst.plain.ms" },
  bars: atMost(0.35, 0.22),
};

const RATE: Row = {
  name: "rate",
  unit: "M/s",
  scale: 1e-6,
  subject: "rate.session.perSecond",
  bars: atLeast(2, 3, "M/s"),
};

function recorded(): Records {
  const records = new Records();
  for (const ms of [1, 3, 2]) records.add("burst", "session", { ms });
  for (const ms of [8, 6, 12]) records.add("burst", "plain", { ms });
  records.add("rate", "session", { perSecond: 2_500_000 });
  return records;
}

test("a ratio is that of the medians, and each bar is met or not", () => {
  const [burst] = resultsOf([BURST], recorded());

  expect(burst?.value).toBe(0.25);
  expect(burst?.subject).toEqual({ median: 2, min: 1, max: 3, count: 3 });
  expect(verdicts(burst)).toEqual([true, false]);
});

test("a figure without a reference is held to its bars itself", () => {
  const [rate] = resultsOf([RATE], recorded());

  expect(rate?.value).toBe(2.5);
  expect(verdicts(rate)).toEqual([true, false]);
});

test("a row may compare its two figures in a way of its own", () => {
  const faster: Row = { ...BURST, compare: (subject, reference) => reference / subject };

  expect(resultsOf([faster], recorded())[0]?.value).toBe(4);
});

test("a bar may look at both figures", () => {
  const isSumMet = (_ratio: number, a: number, b: number): boolean => a + b === 10;
  const odd: Row = { ...BURST, bars: { must: { text: "10 together", isMet: isSumMet } } };

  expect(verdicts(resultsOf([odd], recorded())[0])).toEqual([true, undefined]);
});

test("what was not measured has no row", () => {
  const records = new Records();
  records.add("burst", "session", { ms: 1 });

  expect(resultsOf([BURST, RATE], records)).toEqual([]);
});

test("the table shows medians, extremes, ratio and marks", () => {
  const [head, rule, ...lines] = tableOf(resultsOf([BURST, RATE], recorded())).split("\n");

  expect(head).toStartWith("figure  measured");
  expect(rule).toMatch(/^─+$/);
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ["burst", "2.00 (1.00–3.00) ms", "plain 8.00 (6.00–12.0)", "0.250", "≤ 0.35 × ✓", "≤ 0.22 × ✗"],
    ["rate", "2.50 (2.50–2.50) M/s", "≥ 2 M/s ✓", "≥ 3 M/s ✗"],
  ]);
});

test("a machine is told the same", () => {
  expect(objectsOf(resultsOf([BURST], recorded()))).toEqual([
    {
      figure: "burst",
      key: "burst.session.ms",
      unit: "ms",
      measured: { median: 2, min: 1, max: 3, count: 3 },
      against: { name: "plain", median: 8, min: 6, max: 12, count: 3 },
      value: 0.25,
      must: { bar: "≤ 0.35 ×", isMet: true },
      goal: { bar: "≤ 0.22 ×", isMet: false },
    },
  ]);
});

test("numbers have three digits and no exponent", () => {
  expect([0, 0.0012345, 0.5, 1.2345, 12.345, 1234.5, Number.NaN].map(numberText)).toEqual([
    "0.00",
    "0.001",
    "0.500",
    "1.23",
    "12.3",
    "1235",
    "–",
  ]);
});
