import { median, quantile } from "../bench/statistics.ts";
import type { Meeting, Outcome } from "./meeting.ts";
import { feasible, KIND_NAMES, NAT_KINDS, type Feasibility, type Kind } from "./natkinds.ts";

/** Under which a meeting is held. */
export interface Circumstances {
  /** Through the core, each way. */
  readonly delayMs: number;
  readonly lossPercent: number;
  readonly crossPerSecond: number;
  readonly hasMember: boolean;
}

/** One meeting that was held, and how. */
export interface Run extends Meeting, Outcome, Circumstances {}

/** All meetings of one pair of kinds, both initiators' added. */
export interface Summary {
  readonly a: Kind;
  readonly b: Kind;
  readonly feasible: Feasibility;
  readonly runs: number;
  /** Of them over a path of the two's own, which may be one across their LAN. */
  readonly direct: number;
  /** By way of somebody else. */
  readonly relayed: number;
  /** Times from `send` to the arrival, of those that arrived; NaN if none did. */
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Sent by both in that time, the median of all meetings. */
  readonly datagrams: number;
  /** What was last said of a failure. */
  readonly reason: string | undefined;
}

export function summaryOf([a, b]: readonly [Kind, Kind], held: readonly Run[]): Summary {
  const runs = held.filter((run) => run.a === a && run.b === b);
  const arrived = runs.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [tookMs]));
  const relayed = runs.filter(({ path }) => path === "relay").length;
  return {
    a,
    b,
    feasible: feasible(a, b),
    runs: runs.length,
    direct: runs.filter(({ path }) => path !== undefined).length - relayed,
    relayed,
    medianMs: median(arrived),
    p95Ms: quantile(arrived, 0.95),
    datagrams: median(runs.map(({ datagrams }) => datagrams)),
    reason: runs.findLast(({ path }) => path === undefined)?.reason,
  };
}

/** One pair on one line of a terminal. */
export function rowOf(summary: Summary): string {
  const { a, b, runs, direct, relayed, medianMs, p95Ms, datagrams, reason } = summary;
  const times = Number.isNaN(medianMs)
    ? "".padStart(21)
    : `${medianMs.toFixed(0).padStart(7)} ms ${p95Ms.toFixed(0).padStart(7)} ms`;
  const cells = [
    `${a} × ${b}`.padEnd(44),
    summary.feasible.padEnd(10),
    `${direct}/${runs} direct`.padStart(12),
    relayed === 0 ? "" : `${relayed} relayed`,
    times,
    `${datagrams.toFixed(0).padStart(5)} sent`,
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
  const head = ["ms", ...kinds.map((_, index) => `${index + 1}`)];
  const rule = head.map((_, column) => (column === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellOf({ runs, direct, relayed, medianMs }: Summary): string {
  if (runs === 0) return "";
  const arrived = direct + relayed;
  if (arrived === 0) return "✗";
  const way = relayed > direct ? "via " : "";
  const part = arrived < runs ? ` ${arrived}/${runs}` : "";
  return `${way}${medianMs.toFixed(0)}${part}`;
}
