import { expect, test } from "bun:test";
import { pairsOf } from "./matrix.ts";
import { replaceSection, shortReport } from "./matrixreport.ts";
import { accordOf, gridOf, rowOf, summaryOf, type Run } from "./matrixtable.ts";
import { KIND_NAMES } from "./natkinds.ts";
import { planOf } from "./plan.ts";
import { classOf, isAsTheory, type Pair } from "./theory.ts";
import { sideBySide } from "./turns.ts";

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
  againMs: 22,
  datagrams: 12,
  reason: undefined,
  toldMs: undefined,
  delayMs: 20,
  directMs: [],
  lossPercent: 0,
  crossPerSecond: 0,
  hasMember: false,
};

const FAILED: Run = {
  ...RUN,
  path: undefined,
  tookMs: undefined,
  datagrams: 90,
  reason: "no path",
};

test("a summary counts what arrived and by which way, and times it", () => {
  const relayed: Run = { ...RUN, path: "relay", tookMs: 300 };
  const other: Run = { ...RUN, b: "open", tookMs: 1 };

  const summary = summaryOf(["open", "poisoning"], [RUN, FAILED, relayed, RUN, other]);

  expect(summary).toMatchObject({ feasible: "easy", direct: 2, relayed: 1, asTheory: 2 });
  expect(summary).toMatchObject({ medianMs: 60, p95Ms: 300, datagrams: 12, reason: "no path" });
  expect(summary.runs).toHaveLength(4);
});

test("a row and the grid say how many of the meetings succeeded where not all did", () => {
  const summaries = [
    summaryOf(["open", "open"], [{ ...RUN, b: "open" }]),
    summaryOf(["open", "poisoning"], [RUN, FAILED]),
    summaryOf(["poisoning", "poisoning"], [{ ...FAILED, a: "poisoning" }]),
  ];

  expect(rowOf(summaryOf(["open", "poisoning"], [RUN, FAILED]))).toContain("1/2 direct");
  expect(
    gridOf(summaries)
      .split("\n")
      .map((row) => row.replaceAll(/ +/g, " ")),
  ).toEqual([
    "| ms | 1 | 2 |",
    "| ------------------------------------------- | -----: | --: |",
    "| 1 open | 60 | |",
    "| 2 port-restricted, poisoned by early probes | 60 1/2 | ✗ |",
  ]);
});

test("theory wants easy pairs each time, and of those who guess a port 18 of 20", () => {
  const of = ([a, b]: Pair, right: number, wrong: number) => {
    const met: Run = { ...RUN, a, b };
    const missed: Run = { ...FAILED, a, b };
    const runs = Array.from({ length: right + wrong }, (_, index) =>
      index < right ? met : missed,
    );
    return summaryOf([a, b], runs);
  };
  const guess: Pair = ["port-restricted", "symmetric-random"];

  expect(accordOf([of(["open", "open"], 6, 0), of(guess, 20, 0)]).isAll).toBe(true);
  expect(accordOf([of(["open", "open"], 5, 1)]).isAll).toBe(false);
  expect(accordOf([of(guess, 18, 2)]).text).toStartWith("1 of 1 pairs as theory has it; 18 of 20");
  expect(accordOf([of(guess, 18, 2)]).isAll).toBe(false);
  expect(accordOf([of(guess, 17, 3)]).text).toStartWith("0 of 1");
});

test("theory wants a member to carry where it can, and words where it cannot", () => {
  const held = { a: "symmetric-random", b: "symmetric-random", reason: undefined } as const;

  expect(isAsTheory({ ...held, path: "relay", hasMember: true })).toBe(true);
  expect(isAsTheory({ ...held, path: undefined, hasMember: true })).toBe(false);
  expect(isAsTheory({ ...held, path: undefined, hasMember: false })).toBe(false);
  expect(isAsTheory({ ...held, path: undefined, reason: "no", hasMember: false })).toBe(true);
  expect(isAsTheory({ ...held, path: "direct", hasMember: false })).toBe(false);
});

test("each pair is of one class", () => {
  expect(classOf(["open", "symmetric-random"])).toBe("easy");
  expect(classOf(["port-restricted", "block-dependent"])).toBe("predicted");
  expect(classOf(["port-restricted", "dual-stack"])).toBe("random");
  expect(classOf(["firewall6", "port-restricted"])).toBe("carried");
  expect(classOf(["open", "udp-blocked"])).toBe("told");
});

test("the report takes its place in a text, and nobody else's", () => {
  const begin = "<!-- matrix: written by bun run lab matrix --write -->";
  const text = `before\n${begin}\nold\n<!-- end of matrix -->\nafter\n`;

  const short = shortReport([summaryOf(["open", "poisoning"], [RUN])], RUN);
  const replaced = replaceSection(text, short);

  expect(replaced).toStartWith(`before\n${begin}\n\n| they meet`);
  expect(replaced).toEndWith("\n\n<!-- end of matrix -->\nafter\n");
  expect(replaced).not.toContain("old");
  expect(replaced).toContain("1 of 1 pairs as theory has it.");
  expect(() => replaceSection("no place", short)).toThrow("no place");
});

test("those who meet side by side have routers of their own", async () => {
  const busy = new Set<string>();
  const places: string[] = [];
  let most = 0;
  const pairs = pairsOf("open×*,hairpin×hairpin,poisoning×poisoning") ?? [];

  await sideBySide(
    pairs.map(([a, b]) => ({ a, b })),
    4,
    async ({ a, b }, turn) => {
      const sites = turn.places.map((place) => planOf(place).site);
      for (const site of sites) expect(busy.has(site)).toBe(false);
      for (const site of sites) busy.add(site);
      most = Math.max(most, busy.size);
      expect(new Set(turn.places).size).toBe(2);
      expect(turn.places.map((place) => place.slice(0, -2))).toEqual([a, b]);
      await Bun.sleep(1);
      places.push(turn.places.join());
      for (const site of sites) busy.delete(site);
    },
  );

  expect(places).toHaveLength(pairs.length);
  expect(most).toBeGreaterThan(2);
});
