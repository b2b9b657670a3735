import type { Summary } from "./statistics.ts";

/** What a figure is held to: text for people, and whether it is met. */
export interface Bar {
  readonly text: string;
  /** Most look at the value alone, which is a ratio where there is a reference. */
  isMet(value: number, subject: number, reference: number): boolean;
}

export interface Bars {
  readonly must: Bar;
  readonly goal?: Bar;
}

/** A measurement: which contestant of which contest, and which of its samples. */
export type Key = `${string}.${string}.${string}`;

export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Of what was measured, in the unit. */
  readonly scale?: number;
  readonly subject: Key;
  /** What it is compared with; without, the bars are of the figure itself. */
  readonly reference?: { readonly name: string; readonly key: Key };
  /** What the bars are of, where it is not subject ÷ reference. */
  readonly compare?: (subject: number, reference: number) => number;
  /** Left out for what is shown for information. */
  readonly bars?: Bars;
}

/** A row with its measurements. */
export interface Result {
  readonly row: Row;
  readonly subject: Summary;
  readonly reference: Summary | undefined;
  /** What the bars are of: a ratio, or the figure itself. */
  readonly value: number;
}

export function isMet(bar: Bar, { subject, reference, value }: Result): boolean {
  return bar.isMet(value, subject.median, reference?.median ?? Number.NaN);
}

export function atMost(must: number, goal: number, unit = "×"): Required<Bars> {
  const bar = (most: number): Bar => ({ text: `≤ ${most} ${unit}`, isMet: (v) => v <= most });
  return { must: bar(must), goal: bar(goal) };
}

export function atLeast(must: number, goal: number, unit = "×"): Required<Bars> {
  const bar = (least: number): Bar => ({ text: `≥ ${least} ${unit}`, isMet: (v) => v >= least });
  return { must: bar(must), goal: bar(goal) };
}
