import { median, quantile } from "../bench/statistics.ts";
import type { Meeting, Outcome } from "./meeting.ts";
import { feasible, KIND_NAMES, NAT_KINDS, type Feasibility, type Kind } from "./natkinds.ts";
import { classOf, isAsTheory, type Pair, type PairClass } from "./theory.ts";

/** Under which a meeting is held. */
export interface Circumstances {
  /** Through the core, each way. */
  readonly delayMs: number;
  /** Between the two, from the first and from the second, where this is another; else empty. */
  readonly directMs: readonly number[];
  readonly lossPercent: number;
  readonly crossPerSecond: number;
}

/** One meeting that was held, and how. */
export interface Run extends Meeting, Outcome, Circumstances {
  readonly hasMember: boolean;
}

/** All meetings of one pair of kinds, both initiators' added. */
export interface Summary {
  readonly a: Kind;
  readonly b: Kind;
  readonly feasible: Feasibility;
  readonly pairClass: PairClass;
  readonly runs: readonly Run[];
  /** Of them over a path of the two's own, which may be one across their LAN. */
  readonly direct: number;
  /** By way of somebody else. */
  readonly relayed: number;
  /** That ended as theory has it. */
  readonly asTheory: number;
  /** Times from `send` to the arrival, of those that arrived; NaN if none did. */
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Sent by both in that time, the median of all meetings. */
  readonly datagrams: number;
  /** What was last said of a failure. */
  readonly reason: string | undefined;
}

export function summaryOf([a, b]: Pair, held: readonly Run[]): Summary {
  const runs = held.filter((run) => run.a === a && run.b === b);
  const arrived = runs.flatMap(({ tookMs }) => tookMs ?? []);
  const relayed = runs.filter(({ path }) => path === "relay").length;
  return {
    a,
    b,
    feasible: feasible(a, b),
    pairClass: classOf([a, b]),
    runs,
    direct: runs.filter(({ path }) => path !== undefined).length - relayed,
    relayed,
    asTheory: runs.filter(isAsTheory).length,
    medianMs: median(arrived),
    p95Ms: quantile(arrived, 0.95),
    datagrams: median(runs.map(({ datagrams }) => datagrams)),
    reason: runs.findLast(({ path }) => path === undefined)?.reason,
  };
}

/** Of pairs that must guess, some meetings may fail: so many of a pair's, and of all together. */
const PAIR_PART = 0.9;
const POOLED_PART = 0.98;

function isGuessed({ pairClass }: Summary): boolean {
  return pairClass === "predicted" || pairClass === "random";
}

/** Whether a pair fared as theory has it. */
function isInAccord(summary: Summary): boolean {
  const { runs, asTheory } = summary;
  return asTheory >= runs.length * (isGuessed(summary) ? PAIR_PART : 1);
}

/** Whether all pairs fared as theory has it, and how many did, in words. */
export function accordOf(summaries: readonly Summary[]): { isAll: boolean; text: string } {
  const held = summaries.filter(({ runs }) => runs.length > 0);
  const inAccord = held.filter(isInAccord).length;
  const guessed = held.filter(isGuessed);
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  const tried = sum(guessed.map(({ runs }) => runs.length));
  const met = sum(guessed.map(({ asTheory }) => asTheory));
  const parts = [`${inAccord} of ${held.length} pairs as theory has it`];
  if (tried > 0) {
    const percent = ((100 * met) / tried).toFixed(1);
    parts.push(`${met} of ${tried} meetings of those who must guess a port (${percent} %)`);
  }
  const isAll = inAccord === held.length && met >= tried * POOLED_PART;
  return { isAll, text: parts.join("; ") };
}

/** One pair on one line of a terminal. */
export function rowOf(summary: Summary): string {
  const { a, b, runs, direct, relayed, medianMs, p95Ms, datagrams, reason } = summary;
  const times = Number.isNaN(medianMs)
    ? "".padStart(21)
    : `${medianMs.toFixed(0).padStart(7)} ms ${p95Ms.toFixed(0).padStart(7)} ms`;
  const cells = [
    `${a} × ${b}`.padEnd(44),
    summary.pairClass.padEnd(9),
    `${direct}/${runs.length} direct`.padStart(12),
    relayed === 0 ? "" : `${relayed} relayed`,
    times,
    `${datagrams.toFixed(0).padStart(5)} sent`,
    isInAccord(summary) ? "" : "AGAINST THEORY",
    reason ?? "",
  ];
  return cells.join("  ").trimEnd();
}

/**
 * All pairs as a table in Markdown: kinds below and, by number, across. A cell is the median in
 * milliseconds, with how many of the meetings succeeded where not all did; "via" if by a member.
 */
export function gridOf(summaries: readonly Summary[]): string {
  const kinds = KIND_NAMES.filter((kind) => summaries.some(({ a, b }) => a === kind || b === kind));
  const cell = (one: Kind, other: Kind): string => {
    const found = summaries.find(({ a, b }) => a === one && b === other);
    return found === undefined ? "" : cellOf(found);
  };
  const rows = kinds.map((kind, index) => [
    `${index + 1} ${NAT_KINDS[kind].label}`,
    ...kinds.map((other, column) => (column > index ? "" : cell(other, kind))),
  ]);
  return tableOf([["ms", ...kinds.map((_, index) => `${index + 1}`)], ...rows]);
}

function cellOf({ runs, direct, relayed, medianMs }: Summary): string {
  if (runs.length === 0) return "";
  const arrived = direct + relayed;
  if (arrived === 0) return "✗";
  const way = relayed > direct ? "via " : "";
  const part = arrived < runs.length ? ` ${arrived}/${runs.length}` : "";
  return `${way}${medianMs.toFixed(0)}${part}`;
}

/** In Markdown, its columns as wide as they must be; all but the first are for numbers. */
export function tableOf([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((cells) => cells[column]?.length ?? 0)),
  );
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const padded = (cells: readonly string[]): readonly string[] =>
    cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
  return [padded(head), rule, ...rows.map(padded)]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
