import { expect, test } from "bun:test";
import type { CongestionController } from "../../lib/reliable/congestion.ts";
import { Cubic } from "../../lib/reliable/cubic.ts";
import { NewReno } from "../../lib/reliable/newreno.ts";
import { Bottleneck, type BottleneckOptions, DATAGRAM_BYTES } from "./bottleneck.ts";

// The congestion window over time, in datagrams of 1200 bytes. `doubles` is slow start; `climbs`,
// `holds` and `falls` compare with the row before.

/** It holds 104 datagrams and its queue 200, so that losses are only those that a test makes. */
const WIDE = { megabitsPerSecond: 20, roundTripMs: 50, queueDatagrams: 200 };

interface Rows {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

test("slow start into a bottleneck of 5 Mbit/s with 50 ms", () => {
  // The path holds 26 datagrams and its queue 30 more.
  const path = () => ({ megabitsPerSecond: 5, roundTripMs: 50, queueDatagrams: 30 });

  const table = windowsOver(path, { fromMs: 0, toMs: 1200, stepMs: 50 });

  expect(table).toMatchInlineSnapshot(`
    "   ms  CUBIC                                 New Reno
        0    10.0 doubles                          10.0 doubles
       50    10.0 doubles                          10.0 doubles
      100    20.0 doubles                          20.0 doubles
      150    40.0 doubles                          40.0 doubles
      200    64.0 doubles                          64.0 doubles
      250    87.8 climbs                           90.0 doubles
      300    94.3 climbs                          116.0 doubles
      350    66.2 falls   26 lost                  58.5 falls   26 lost
      400    66.2 holds   9 lost                   58.5 holds   26 lost
      450    66.8 climbs  2 lost                   58.9 climbs  7 lost
      500    47.0 falls   5 lost                   59.3 climbs
      550    47.0 holds   4 lost                   59.7 climbs
      600    47.2 climbs  1 lost                   29.9 falls   2 lost
      650    47.7 climbs                           29.9 holds
      700    48.1 climbs                           30.5 climbs
      750    48.6 climbs                           31.4 climbs
      800    49.1 climbs                           32.2 climbs
      850    49.5 climbs                           33.0 climbs
      900    49.9 climbs                           33.8 climbs
      950    50.3 climbs                           34.5 climbs
     1000    50.7 climbs                           35.3 climbs
     1050    51.1 climbs                           36.0 climbs
     1100    51.4 climbs                           36.7 climbs
     1150    51.8 climbs                           37.4 climbs
     1200    52.1 climbs                           38.1 climbs"
  `);
});

test("one loss in steady state", () => {
  // A loss at 150 ms ends slow start; the one at 4000 ms is the subject.
  const path = () => ({ ...WIDE, drops: firstAfter(150, 4000) });

  const table = windowsOver(path, { fromMs: 3750, toMs: 9750, stepMs: 250 });

  expect(table).toMatchInlineSnapshot(`
    "   ms  CUBIC                                 New Reno
     3750   104.4 climbs                          109.5 climbs
     4000   109.2 climbs                          114.1 climbs
     4250    80.1 falls   1 lost                   60.1 falls   1 lost
     4500    85.1 climbs                           64.9 climbs
     4750    89.5 climbs                           69.7 climbs
     5000    93.4 climbs                           74.6 climbs
     5250    96.8 climbs                           79.4 climbs
     5500    99.7 climbs                           84.3 climbs
     5750   102.1 climbs                           89.2 climbs
     6000   104.2 climbs                           94.2 climbs
     6250   105.8 climbs                           99.1 climbs
     6500   107.1 climbs                          104.0 climbs
     6750   108.2 climbs                          108.9 climbs
     7000   108.9 climbs                          113.5 climbs
     7250   109.5 climbs                          118.0 climbs
     7500   113.6 climbs                          122.4 climbs
     7750   118.1 climbs                          126.6 climbs
     8000   122.4 climbs                          130.6 climbs
     8250   126.6 climbs                          134.5 climbs
     8500   130.7 climbs                          138.4 climbs
     8750   134.6 climbs                          142.1 climbs
     9000   138.4 climbs                          145.7 climbs
     9250   142.1 climbs                          149.2 climbs
     9500   145.7 climbs                          152.7 climbs
     9750   149.3 climbs                          156.0 climbs"
  `);
});

test("persistent congestion", () => {
  // A loss at 150 ms ends slow start; from 2000 to 4000 ms nothing passes.
  const path = () => {
    const isFirst = firstAfter(150);
    return { ...WIDE, drops: (now: number) => isFirst(now) || (now >= 2000 && now < 4000) };
  };

  const table = windowsOver(path, { fromMs: 1800, toMs: 6200, stepMs: 200 });

  expect(table).toMatchInlineSnapshot(`
    "   ms  CUBIC                                 New Reno
     1800    77.3 climbs                           71.4 climbs
     2000    78.6 climbs                           75.3 climbs
     2200    78.9 climbs                           76.3 climbs
     2400    78.9 holds                            76.3 holds
     2600    78.9 holds                            76.3 holds
     2800    78.9 holds                            76.3 holds
     3000    78.9 holds                            76.3 holds
     3200    78.9 holds                            76.3 holds
     3400    78.9 holds                            76.3 holds
     3600    78.9 holds                            76.3 holds
     3800    78.9 holds                            76.3 holds
     4000    78.9 holds                            76.3 holds
     4200    78.9 holds                            76.3 holds
     4400    78.9 holds                            76.3 holds
     4600     6.0 falls   86 lost, persistent       6.0 falls   84 lost, persistent
     4800    56.4 climbs                           40.1 climbs
     5000    58.3 climbs                           43.9 climbs
     5200    60.4 climbs                           47.7 climbs
     5400    62.4 climbs                           51.6 climbs
     5600    64.5 climbs                           55.5 climbs
     5800    66.6 climbs                           59.4 climbs
     6000    68.6 climbs                           63.3 climbs
     6200    70.7 climbs                           67.2 climbs"
  `);
});

test("a spurious loss is undone", () => {
  // A loss at 150 ms ends slow start; the packet of 2000 ms arrives 120 ms after its neighbours.
  const path = () => {
    const isHeldUp = firstAfter(2000);
    return {
      ...WIDE,
      drops: firstAfter(150),
      holdsUpMs: (now: number) => (isHeldUp(now) ? 120 : 0),
    };
  };

  const table = windowsOver(path, { fromMs: 1900, toMs: 2500, stepMs: 50 });

  expect(table).toMatchInlineSnapshot(`
    "   ms  CUBIC                                 New Reno
     1900    78.0 climbs                           73.4 climbs
     1950    78.3 climbs                           74.3 climbs
     2000    78.6 climbs                           75.3 climbs
     2050    78.9 climbs                           76.3 climbs
     2100    55.2 falls   1 lost                   38.2 falls   1 lost
     2150    55.7 climbs                           39.1 climbs
     2200    79.1 climbs  1 not lost               76.8 climbs  1 not lost
     2250    79.5 climbs                           77.6 climbs
     2300    79.8 climbs                           78.6 climbs
     2350    80.1 climbs                           79.5 climbs
     2400    80.3 climbs                           80.5 climbs
     2450    80.5 climbs                           81.5 climbs
     2500    80.7 climbs                           82.4 climbs"
  `);
});

/** True for the first packet that leaves at or after each time. */
function firstAfter(...timesMs: number[]): (now: number) => boolean {
  return (now) => {
    const isFirst = now >= (timesMs[0] ?? Infinity);
    if (isFirst) timesMs.shift();
    return isFirst;
  };
}

function windowsOver(path: () => BottleneckOptions, rows: Rows): string {
  const cubic = columnOf(new Cubic(DATAGRAM_BYTES), path(), rows);
  const newReno = columnOf(new NewReno(DATAGRAM_BYTES), path(), rows);
  const lines = [line("ms", "CUBIC", "New Reno")];
  for (const [i, cell] of cubic.entries()) {
    lines.push(line(String(rows.fromMs + i * rows.stepMs), cell, newReno[i] ?? ""));
  }
  return lines.join("\n");
}

function line(time: string, cubic: string, newReno: string): string {
  return `${time.padStart(5)}  ${cubic.padEnd(36)}  ${newReno}`.trimEnd();
}

function columnOf(
  controller: CongestionController,
  path: BottleneckOptions,
  { fromMs, toMs, stepMs }: Rows,
): string[] {
  const model = new Bottleneck(controller, path);
  const cells: string[] = [];
  model.runTo(Math.max(0, fromMs - stepMs));
  for (let atMs = fromMs; atMs <= toMs; atMs += stepMs) {
    const { lossCount, spuriousCount, persistentCount } = model;
    const beforeBytes = controller.windowBytes;
    model.runTo(atMs);
    const notes = [
      noteOf("lost", model.lossCount - lossCount),
      noteOf("not lost", model.spuriousCount - spuriousCount),
      model.persistentCount > persistentCount ? "persistent" : "",
    ];
    const datagrams = (controller.windowBytes / DATAGRAM_BYTES).toFixed(1).padStart(6);
    const note = notes.filter((text) => text !== "").join(", ");
    cells.push(`${datagrams} ${trendOf(controller, beforeBytes).padEnd(8)}${note}`.trimEnd());
  }
  return cells;
}

function noteOf(label: string, count: number): string {
  return count === 0 ? "" : `${count} ${label}`;
}

function trendOf({ windowBytes, isInSlowStart }: CongestionController, beforeBytes: number) {
  if (windowBytes < beforeBytes) return "falls";
  if (isInSlowStart) return "doubles";
  return windowBytes > beforeBytes ? "climbs" : "holds";
}
