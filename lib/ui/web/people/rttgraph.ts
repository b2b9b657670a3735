import { milliseconds } from "../../words.ts";
import { KEPT_MS, type Sample } from "./rtthistory.ts";

/** Between two that are further apart, in ms, nobody knows what was. */
const GAP_MS = 25_000;

/** Steps of a scale that people read at a glance. */
const STEPS = [1, 2, 5, 10];

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A graph of round trips, each place from 0 to 1: from five minutes ago, and from the top. */
export interface RttGraph {
  /** Unbroken stretches, each of one point at least. */
  readonly lines: readonly (readonly Point[])[];
  /** What the top of it stands for, in ms. */
  readonly topMs: number;
  /** The same in words. */
  readonly text: string;
}

/** Undefined where nothing was measured in all that time. */
export function rttGraph(samples: readonly Sample[], now: number): RttGraph | undefined {
  const measured = samples.flatMap(({ rttMs }) => (rttMs === undefined ? [] : [rttMs]));
  const last = measured.at(-1);
  if (last === undefined) return undefined;
  const topMs = topOf(Math.max(...measured));
  const lines = stretches(samples).map((stretch) =>
    stretch.map(({ atMs, rttMs = 0 }) => {
      return { x: 1 - (now - atMs) / KEPT_MS, y: 1 - rttMs / topMs };
    }),
  );
  const from = milliseconds(Math.min(...measured));
  const to = milliseconds(Math.max(...measured));
  const gaps = lines.length > 1 ? `, broken off ${times(lines.length - 1)}` : "";
  const text = `Round trips of the last five minutes: ${from} to ${to}, last ${milliseconds(last)}`;
  return { lines, topMs, text: text + gaps };
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function stretches(samples: readonly Sample[]): readonly (readonly Sample[])[] {
  const all: Sample[][] = [];
  let before: Sample | undefined;
  for (const sample of samples) {
    const isOn = before?.rttMs !== undefined && sample.atMs - before.atMs <= GAP_MS;
    before = sample;
    if (sample.rttMs === undefined) continue;
    const current = isOn ? all.at(-1) : undefined;
    if (current === undefined) all.push([sample]);
    else current.push(sample);
  }
  return all;
}

/** The next of 1, 2, 5, 10, 20, 50 and so on, with a little room above what is shown. */
function topOf(mostMs: number): number {
  const wanted = Math.max(1, mostMs * 1.1);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = STEPS.find((one) => one * power >= wanted) ?? 10;
  return step * power;
}
