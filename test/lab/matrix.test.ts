import { expect, test } from "bun:test";
import { pairsOf } from "./matrix.ts";
import { gridOf, rowOf, summaryOf, type Run } from "./matrixtable.ts";
import { KIND_NAMES } from "./natkinds.ts";

const KINDS = KIND_NAMES.length;

test("a star names every pair of a kind, in whichever order it is written", () => {
  const pairs = pairsOf("poisoning×*");

  expect(pairs).toHaveLength(KINDS);
  expect(pairs).toEqual(pairsOf("*×poisoning"));
});

test("all pairs are unordered, and each is easy, by technique or infeasible", () => {
  expect(pairsOf("all")).toHaveLength((KINDS * (KINDS + 1)) / 2);
  expect(pairsOf("easy,technique,infeasible")).toEqual(pairsOf("all"));
});

test("every kind meets the three others of the core, and itself", () => {
  const pairs = pairsOf("core") ?? [];

  // Every kind with three and with itself, less the three of the core among themselves.
  expect(pairs).toHaveLength(KINDS * 4 - 3 - 3);
});

test("what names no pair is no list of pairs", () => {
  expect(pairsOf("open×nowhere")).toBeUndefined();
  expect(pairsOf("open×open,")).toBeUndefined();
  expect(pairsOf("open×open×open")).toBeUndefined();
});

const RUN: Run = {
  a: "open",
  b: "poisoning",
  initiator: "a",
  path: "direct",
  tookMs: 60,
  datagrams: 12,
  reason: undefined,
  delayMs: 20,
  lossPercent: 0,
  crossPerSecond: 0,
  hasMember: false,
};

const FAILED = { ...RUN, path: undefined, tookMs: undefined, datagrams: 90, reason: "no path" };

test("a summary counts what arrived and by which way, and times it", () => {
  const relayed: Run = { ...RUN, path: "relay", tookMs: 300 };
  const other: Run = { ...RUN, b: "open", tookMs: 1 };

  const summary = summaryOf(["open", "poisoning"], [RUN, FAILED, relayed, RUN, other]);

  expect(summary).toMatchObject({ feasible: "easy", runs: 4, direct: 2, relayed: 1 });
  expect(summary).toMatchObject({ medianMs: 60, p95Ms: 300, datagrams: 12, reason: "no path" });
});

test("a row and the grid say how many of the meetings succeeded where not all did", () => {
  const summaries = [
    summaryOf(["open", "open"], [{ ...RUN, b: "open" }]),
    summaryOf(["open", "poisoning"], [RUN, FAILED]),
    summaryOf(["poisoning", "poisoning"], [{ ...FAILED, a: "poisoning" }]),
  ];

  expect(rowOf(summaryOf(["open", "poisoning"], [RUN, FAILED]))).toContain("1/2 direct");
  expect(gridOf(summaries).split("\n")).toEqual([
    "| ms | 1 | 2 |",
    "| --- | --: | --: |",
    "| 1 open | 60 |  |",
    "| 2 port-restricted, poisoned by early probes | 60 1/2 | ✗ |",
  ]);
});
