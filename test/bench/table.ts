import { type Bar, isMet, type Result } from "./bars.ts";
import type { Summary } from "./statistics.ts";

const HEAD = ["figure", "measured", "against", "ratio", "must", "goal"];

/** For people: a line for each figure, as wide as it must be. */
export function tableOf(results: readonly Result[]): string {
  const lines = [HEAD, ...results.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((l) => (l[column] ?? "").length)));
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [drawn[0], "─".repeat(Math.max(...drawn.map((l) => l.length))), ...drawn.slice(1)].join(
    "\n",
  );
}

/** For machines: one object for each figure. */
export function objectsOf(results: readonly Result[]): readonly object[] {
  return results.map((result) => {
    const { row, subject, reference, value } = result;
    return {
      figure: row.name.trim(),
      key: row.subject,
      unit: row.unit,
      measured: subject,
      against: row.reference === undefined ? null : { name: row.reference.name, ...reference },
      value,
      must: verdictOf(row.bars?.must, result),
      goal: verdictOf(row.bars?.goal, result),
    };
  });
}

/** Three significant digits, and no exponent. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(3, Math.max(0, 2 - digits)));
}

function cellsOf(result: Result): string[] {
  const { row, subject, reference, value } = result;
  const against = reference === undefined ? "" : `${row.reference?.name} ${spread(reference)}`;
  const ratio = reference === undefined ? "" : numberText(value);
  return [
    row.name,
    `${spread(subject)} ${row.unit}`,
    against,
    ratio,
    barText(row.bars?.must, result),
    barText(row.bars?.goal, result),
  ];
}

/** The median, and in brackets the least and the greatest. */
function spread({ median, min, max }: Summary): string {
  return `${numberText(median)} (${numberText(min)}–${numberText(max)})`;
}

function barText(bar: Bar | undefined, result: Result): string {
  return bar === undefined ? "" : `${bar.text} ${isMet(bar, result) ? "✓" : "✗"}`;
}

function verdictOf(bar: Bar | undefined, result: Result): object | null {
  return bar === undefined ? null : { bar: bar.text, isMet: isMet(bar, result) };
}
