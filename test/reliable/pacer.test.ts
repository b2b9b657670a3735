import { expect, test } from "bun:test";
import { Pacer } from "../../lib/reliable/pacer.ts";
import { Rtt } from "../../lib/reliable/rtt.ts";
import { seededRandom } from "./link.ts";

const BYTES = 1200;

test("nothing is held back while no round trip was measured", () => {
  const pacer = new Pacer();

  const delaysMs = delaysOf(pacer, 100, { windowBytes: 12_000, rtt: new Rtt() });

  expect(Math.max(...delaysMs)).toBe(0);
});

test("nothing is held back where the round trip is shorter than timers are fine", () => {
  const pacer = new Pacer();

  const delaysMs = delaysOf(pacer, 100, { windowBytes: 12_000, rtt: rttOf(1.9) });

  expect(Math.max(...delaysMs)).toBe(0);
});

test("ten datagrams leave at once, the next waits for its share of the round trip", () => {
  const pacer = new Pacer();

  const delaysMs = delaysOf(pacer, 11, { windowBytes: 50 * BYTES, rtt: rttOf(100) });

  // 1.25 × 50 datagrams in 100 ms: one every 1.6 ms.
  expect(delaysMs.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0));
  expect(delaysMs[10]).toBeCloseTo(1.6);
});

test("in slow start packets leave at twice the window a round trip", () => {
  const pacer = new Pacer();

  const delaysMs = delaysOf(pacer, 11, {
    windowBytes: 50 * BYTES,
    rtt: rttOf(100),
    isInSlowStart: true,
  });

  expect(delaysMs[10]).toBeCloseTo(1);
});

test("on a fast path what 2 ms carry leaves at once", () => {
  const pacer = new Pacer();

  const delaysMs = delaysOf(pacer, 101, { windowBytes: 400 * BYTES, rtt: rttOf(10) });

  // 1.25 × 400 datagrams in 10 ms are 50 a millisecond.
  expect(delaysMs.filter((delayMs) => delayMs === 0)).toHaveLength(100);
});

test("rest fills the bucket and no more than that", () => {
  const pacer = new Pacer();
  const path = { windowBytes: 50 * BYTES, rtt: rttOf(100) };
  delaysOf(pacer, 10, path);

  const afterRest = delaysOf(pacer, 11, path, 60_000);

  expect(afterRest.filter((delayMs) => delayMs === 0)).toHaveLength(10);
});

test("a packet that leaves without asking is paid for by the next", () => {
  const pacer = new Pacer();
  const path = { windowBytes: 50 * BYTES, rtt: rttOf(100) };
  delaysOf(pacer, 10, path);

  pacer.onSent(0, BYTES);

  expect(delaysOf(pacer, 1, path)[0]).toBeCloseTo(3.2);
});

test("asking does not cost anything", () => {
  const pacer = new Pacer();
  const rtt = rttOf(100);
  const ask = () => pacer.releaseAtMs(7, BYTES, 50 * BYTES, rtt, false);

  const answers = Array.from({ length: 100 }, ask);

  expect(new Set(answers)).toEqual(new Set([7]));
});

test("in the long run 1.25 windows leave in a round trip, however late the timers are", () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed);
    const rtt = rttOf(2 + random() * 300);
    const windowBytes = (10 + random() * 200) * BYTES;
    const pacer = new Pacer();
    let now = 1000;
    let sentBytes = 0;

    while (now < 6000) {
      const releaseAtMs = pacer.releaseAtMs(now, BYTES, windowBytes, rtt, false);
      if (releaseAtMs > now) {
        now = releaseAtMs + random();
      } else {
        pacer.onSent(now, BYTES);
        sentBytes += BYTES;
      }
    }

    const bytesPerMs = (1.25 * windowBytes) / rtt.smoothedMs;
    const burstBytes = Math.max(10 * BYTES, 2 * bytesPerMs);
    const fairBytes = bytesPerMs * (now - 1000);
    expect(sentBytes, `seed ${seed}`).toBeWithin(0.98 * fairBytes, fairBytes + burstBytes);
  }
});

interface Path {
  readonly windowBytes: number;
  readonly rtt: Rtt;
  readonly isInSlowStart?: boolean;
}

/** How long each of so many packets is told to wait, all asking, and leaving, at the same time. */
function delaysOf(
  pacer: Pacer,
  count: number,
  { windowBytes, rtt, isInSlowStart = false }: Path,
  now = 0,
): number[] {
  return Array.from({ length: count }, () => {
    const releaseAtMs = pacer.releaseAtMs(now, BYTES, windowBytes, rtt, isInSlowStart);
    if (releaseAtMs <= now) pacer.onSent(now, BYTES);
    return releaseAtMs - now;
  });
}

function rttOf(ms: number): Rtt {
  const rtt = new Rtt();
  rtt.onSample(ms, 0);
  return rtt;
}
