import { join } from "node:path";
import { median, quantile } from "../bench/statistics.ts";
import { accordOf, gridOf, tableOf, type Circumstances, type Summary } from "./matrixtable.ts";
import { NAT_KINDS } from "./natkinds.ts";
import { isAsTheory, PAIR_CLASSES, type PairClass } from "./theory.ts";

const ROOT = join(import.meta.dir, "..", "..");
const FILE = "test/lab/MATRIX.md";

/** What stands between them in README.md is the report's. */
const BEGIN = "<!-- matrix: written by bun run lab matrix --write -->";
const END = "<!-- end of matrix -->";

const CLASS_WORDS: Readonly<Record<PairClass, string>> = {
  easy: "directly: both call, and answer where they were called",
  predicted: "directly: on a port out of a sequence or a block",
  random: "directly: on a port out of all",
  carried: "by a member whom both have in common",
  told: "not at all, where no UDP gets out, and that is said",
};

/** Writes the report of a whole matrix, and in short that of README.md. */
export async function report(
  summaries: readonly Summary[],
  circumstances: Circumstances,
): Promise<void> {
  const short = shortReport(summaries, circumstances);
  await Bun.write(join(ROOT, FILE), fullReport(summaries, short));
  const readme = Bun.file(join(ROOT, "README.md"));
  await Bun.write(readme, replaceSection(await readme.text(), short));
}

/** The text with what stands between the marks replaced; throws where there are none. */
export function replaceSection(text: string, section: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error("README.md has no place for the matrix");
  return `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`;
}

/** By classes of pairs, and each pair's median in a grid. */
export function shortReport(summaries: readonly Summary[], its: Circumstances): string {
  const rows = PAIR_CLASSES.flatMap((name) => {
    const pairs = summaries.filter(({ pairClass, runs }) => pairClass === name && runs.length > 0);
    return pairs.length === 0 ? [] : [classRow(name, pairs, its)];
  });
  const head = ["they meet", "pairs", "so met", "median", "bar", "95th %", "next word", "bar"];
  return [
    tableOf([[...head, "datagrams"], ...rows]),
    `${accordOf(summaries).text}. ${circumstancesOf(its)}`,
    "Each pair's median, by the numbers of the rows; `via`: by a member, ✗: not at all.",
    gridOf(summaries),
  ].join("\n\n");
}

function classRow(
  name: PairClass,
  pairs: readonly Summary[],
  { delayMs }: Circumstances,
): readonly string[] {
  const runs = pairs.flatMap((pair) => pair.runs);
  const times = runs.flatMap(({ tookMs, toldMs }) => (name === "told" ? toldMs : tookMs) ?? []);
  const again = median(runs.flatMap(({ againMs }) => againMs ?? []));
  const againBar = againBarMs(name, delayMs);
  return [
    CLASS_WORDS[name],
    `${pairs.length}`,
    `${runs.filter(isAsTheory).length}/${runs.length}`,
    marked(median(times), barMs(name, delayMs)),
    barOf(barMs(name, delayMs)),
    numberOf(quantile(times, 0.95)),
    marked(again, againBar),
    barOf(againBar),
    numberOf(median(runs.map(({ datagrams }) => datagrams))),
  ];
}

/** That a first word's median may take; of those who are told, that it may take to tell. */
function barMs(name: PairClass, delayMs: number): number {
  switch (name) {
    case "easy":
      return 2.5 * 2 * delayMs + 20;
    case "predicted":
      return 1000;
    case "random":
      return 2000;
    case "carried":
      return 3000;
    case "told":
      return 10_000;
    default:
      return name satisfies never;
  }
}

/** The same of a word between those who have met; undefined where there is none. */
function againBarMs(name: PairClass, delayMs: number): number | undefined {
  return name === "carried" || name === "told" ? undefined : delayMs + 10;
}

function barOf(bar: number | undefined): string {
  return bar === undefined ? "" : `≤ ${numberOf(bar)}`;
}

function numberOf(value: number): string {
  return Number.isNaN(value) ? "" : value.toFixed(0);
}

/** With a mark where it is beyond the bar. */
function marked(value: number, bar = Infinity): string {
  return `${numberOf(value)}${value > bar ? " (!)" : ""}`;
}

function circumstancesOf(its: Circumstances): string {
  const { delayMs, directMs, lossPercent, crossPerSecond } = its;
  const [out, back] = directMs;
  const parts = [
    `${delayMs} ms each way`,
    out === undefined ? "" : `${out} ms there and ${back} ms back between the two`,
    lossPercent === 0 ? "" : `${lossPercent} % loss`,
    crossPerSecond === 0 ? "" : `${crossPerSecond} flows of others per second behind each router`,
  ];
  return `Times are in ms, with ${parts.filter(Boolean).join(", ")}; a bar is for the median.`;
}

function fullReport(summaries: readonly Summary[], short: string): string {
  const rows = summaries
    .filter(({ runs }) => runs.length > 0)
    .map((pair) => [
      `${NAT_KINDS[pair.a].label} × ${NAT_KINDS[pair.b].label}`,
      pair.pairClass,
      `${pair.asTheory}/${pair.runs.length}`,
      pathsOf(pair),
      numberOf(pair.medianMs),
      numberOf(pair.p95Ms),
      numberOf(pair.datagrams),
    ]);
  const head = ["pair", "class", "so met", "paths", "median", "95th %", "datagrams"];
  return [
    "# Who meets whom",
    "Real clients behind two Linux routers each; written by `bun run lab matrix --write`.",
    short,
    `${tableOf([head, ...rows])}\n`,
  ].join("\n\n");
}

/** How many words took which path. */
function pathsOf({ runs }: Summary): string {
  const byPath = Map.groupBy(runs, ({ path }) => path ?? "none");
  return Array.from(byPath, ([path, { length }]) => `${length} ${path}`).join(", ");
}
