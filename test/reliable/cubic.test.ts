import { expect, test } from "bun:test";
import { Cubic } from "../../lib/reliable/cubic.ts";
import { DATAGRAM_BYTES } from "./bottleneck.ts";
import { Rounds } from "./rounds.ts";

// RFC 9438, with windows in datagrams. What every controller does is in congestion.test.ts.

/** Long enough that the curve, not Reno's line, decides. */
const LONG_MS = 200;

test("after a loss the window follows W(t) = 0.4 (t − K)³ + W_max", () => {
  const rounds = afterLossAt(320, LONG_MS);
  const startMs = rounds.now;

  // K = ∛(0.3 × 320 / 0.4) = 6.2 s, and one round trip until the first acknowledgement.
  const plateauS = Math.cbrt((0.3 * 320) / 0.4);
  for (let i = 0; i < 50; i++) {
    rounds.run(1, LONG_MS);
    const ageS = (rounds.now - startMs - LONG_MS) / 1000;
    const curve = 0.4 * (ageS - plateauS) ** 3 + 320;

    // The window aims a round trip ahead and gets most of the way there.
    const next = 0.4 * (ageS + LONG_MS / 1000 - plateauS) ** 3 + 320;
    expect(rounds.windowDatagrams).toBeWithin(curve - 2, next + 2);
  }
});

test("the window is level at the plateau and rises faster and faster beyond", () => {
  const rounds = afterLossAt(320, LONG_MS);
  const plateauRounds = Math.round((1000 * Math.cbrt((0.3 * 320) / 0.4)) / LONG_MS);
  rounds.run(plateauRounds - 5, LONG_MS);

  const windows: number[] = [];
  for (let i = 0; i < 4; i++) {
    windows.push(rounds.windowDatagrams);
    rounds.run(10, LONG_MS);
  }

  const [before = 0, after = 0, later = 0, latest = 0] = windows;
  expect(after - before).toBeWithin(0, 2);
  expect(later - after).toBeWithin(2, latest - later);
});

test("a loss below the last plateau makes the next one lower, so that others find room", () => {
  const rounds = afterLossAt(320, LONG_MS);
  const windowDatagrams = rounds.windowDatagrams;

  rounds.runWithLoss(LONG_MS);
  const plateau = (windowDatagrams * (1 + 0.7)) / 2;
  const climbS = Math.cbrt((plateau - 0.7 * windowDatagrams) / 0.4);
  rounds.run(1 + Math.round((1000 * climbS) / LONG_MS), LONG_MS);

  expect(rounds.windowDatagrams).toBeWithin(plateau - 1, plateau + 1);
});

test("a loss above the last plateau makes the next one what was reached", () => {
  const rounds = afterLossAt(40, LONG_MS);
  rounds.run(50, LONG_MS);
  const reached = rounds.windowDatagrams;

  rounds.runWithLoss(LONG_MS);
  const climbS = Math.cbrt((0.3 * reached) / 0.4);
  rounds.run(1 + Math.round((1000 * climbS) / LONG_MS), LONG_MS);

  expect(reached).toBeGreaterThan(40);
  expect(rounds.windowDatagrams).toBeWithin(reached - 1, reached + 1);
});

test("on a short path the window grows no slower than Reno's", () => {
  const rounds = afterLossAt(80, 5);

  rounds.run(20, 5);
  const after20 = rounds.windowDatagrams;
  rounds.run(40, 5);
  const after60 = rounds.windowDatagrams;
  rounds.run(40, 5);

  // 0.53 datagrams a round trip until the window is 80 again, one from then on.
  const slope = (3 * (1 - 0.7)) / (1 + 0.7);
  expect(after20).toBeWithin(56 + 20 * slope - 1, 56 + 20 * slope + 1);
  expect(rounds.windowDatagrams - after60).toBeWithin(38, 42);
});

test("a window does not grow by more than half in a round trip", () => {
  const rounds = afterLossAt(20, 2000);

  for (let i = 0; i < 10; i++) {
    const before = rounds.windowDatagrams;
    rounds.run(1, 2000);

    expect(rounds.windowDatagrams / before).toBeLessThanOrEqual(1.5);
  }
  expect(rounds.windowDatagrams).toBeGreaterThan(300);
});

test("time in which nothing was sent does not count", () => {
  const busy = afterLossAt(320, LONG_MS);
  const resting = afterLossAt(320, LONG_MS);

  busy.run(10, LONG_MS);
  resting.run(5, LONG_MS);
  resting.now += 60_000;
  resting.run(5, LONG_MS);

  expect(resting.windowDatagrams).toBeCloseTo(busy.windowDatagrams);
});

test("where round trips grow longer slow start ends without a loss", () => {
  const rounds = new Rounds(new Cubic(DATAGRAM_BYTES));
  rounds.run(3, 50);
  rounds.run(6, 70);
  const { isInSlowStart } = rounds.controller;
  const windowDatagrams = rounds.windowDatagrams;

  rounds.run(10, 70);

  expect(isInSlowStart).toBeFalse();
  // The curve's plateau is here: no jump, but Reno's datagram a round trip.
  expect(rounds.windowDatagrams - windowDatagrams).toBeWithin(5, 11);
});

test("while HyStart++ is in doubt the window grows by a quarter a round trip", () => {
  const rounds = new Rounds(new Cubic(DATAGRAM_BYTES));
  rounds.run(3, 50);
  rounds.run(1, 70);
  const windowDatagrams = rounds.windowDatagrams;

  rounds.run(1, 70);

  expect(rounds.controller.isInSlowStart).toBeFalse();
  expect(rounds.windowDatagrams).toBeCloseTo(windowDatagrams * 1.25, 0);
});

test("larger datagrams do not bend the curve", () => {
  const rounds = afterLossAt(320, LONG_MS);
  rounds.run(5, LONG_MS);
  const windowBytes = rounds.controller.windowBytes;

  rounds.controller.onDatagramSize(8952);
  const atOnceBytes = rounds.controller.windowBytes;
  rounds.run(200, LONG_MS);

  expect(atOnceBytes).toBe(windowBytes);
  expect(rounds.controller.windowBytes).toBeGreaterThan(320 * DATAGRAM_BYTES);
});

test("to be told the same size of datagrams again changes nothing", () => {
  const told = afterLossAt(320, LONG_MS);
  const calm = afterLossAt(320, LONG_MS);
  for (let i = 0; i < 20; i++) {
    told.run(1, LONG_MS);
    calm.run(1, LONG_MS);
    told.controller.onDatagramSize(DATAGRAM_BYTES);
  }

  expect(told.windowDatagrams).toBe(calm.windowDatagrams);
});

test("after persistent congestion the curve is level where slow start ends", () => {
  const rounds = afterLossAt(320, LONG_MS);
  rounds.controller.onPersistentCongestion(rounds.now);
  while (rounds.controller.isInSlowStart) rounds.run(1, LONG_MS);
  const windowDatagrams = rounds.windowDatagrams;

  rounds.run(6, LONG_MS);

  // 0.4 × 1.2³ = 0.7, and Reno's half a datagram a round trip; to 320 it would be 25 and more.
  expect(rounds.windowDatagrams - windowDatagrams).toBeWithin(0.5, 6);
});

test("a reduction that is taken back leaves the curve where it was", () => {
  const disturbed = afterLossAt(320, LONG_MS);
  const calm = afterLossAt(320, LONG_MS);
  disturbed.run(5, LONG_MS);
  calm.run(5, LONG_MS);

  const late = disturbed.send(1);
  disturbed.lose(late);
  disturbed.takeBack(late);
  disturbed.run(10, LONG_MS);
  calm.run(10, LONG_MS);
  const afterUndo = [disturbed.windowDatagrams, calm.windowDatagrams];
  disturbed.runWithLoss(LONG_MS);
  calm.runWithLoss(LONG_MS);
  disturbed.run(20, LONG_MS);
  calm.run(20, LONG_MS);

  expect(afterUndo[0]).toBeCloseTo(afterUndo[1] ?? 0);
  expect(disturbed.windowDatagrams).toBeCloseTo(calm.windowDatagrams);
});

/** In congestion avoidance, just reduced from so many datagrams: a multiple of ten by a power. */
function afterLossAt(datagrams: number, roundTripMs: number): Rounds {
  const rounds = new Rounds(new Cubic(DATAGRAM_BYTES));
  rounds.run(Math.log2(datagrams / 10), roundTripMs);
  rounds.runWithLoss(roundTripMs);
  return rounds;
}
