import { expect, test } from "bun:test";
import { PathMtu } from "../../lib/reliable/mtu.ts";

// RFC 8899. Sizes are bytes of UDP payload.

const MAX_BYTES = 65_487;

test("a path begins with 1200 bytes", () => {
  expect(new PathMtu(MAX_BYTES).bytes).toBe(1200);
  expect(new PathMtu(1000).bytes).toBe(1000);
});

test("Ethernet, jumbo frames and the loopback interface are tried in turn", () => {
  const mtu = new PathMtu(MAX_BYTES);

  const probes = search(mtu, 0, MAX_BYTES);

  expect(probes).toEqual([1452, 8952, 65_487]);
  expect(mtu.bytes).toBe(65_487);
});

test("one probe is in flight at a time", () => {
  const mtu = new PathMtu(MAX_BYTES);

  const first = mtu.pollProbe(0);
  const second = mtu.pollProbe(10);

  expect(first).toBe(1452);
  expect(second).toBeUndefined();
  expect(mtu.bytes).toBe(1200);
});

test("a size that fails three times is too large", () => {
  const mtu = new PathMtu(MAX_BYTES);

  const probes = search(mtu, 0, 1452);

  expect(probes).toEqual([1452, 8952, 8952, 8952]);
  expect(mtu.bytes).toBe(1452);
});

test("a size that fails twice and then arrives is good", () => {
  const mtu = new PathMtu(1452);
  mtu.pollProbe(0);
  mtu.onProbeLost(10, 1452);
  mtu.pollProbe(20);
  mtu.onProbeLost(30, 1452);

  mtu.pollProbe(40);
  mtu.onProbeAcked(50, 1452);

  expect(mtu.bytes).toBe(1452);
});

test("below Ethernet's size the middle is tried, to within 16 bytes", () => {
  const mtu = new PathMtu(MAX_BYTES);

  // PPPoE: 1492 bytes, less 48.
  const probes = search(mtu, 0, 1444);

  expect(probes).toEqual([1452, 1452, 1452, 1326, 1389, 1420, 1436, 1444]);
  expect(mtu.bytes).toBe(1444);
});

test("nothing is tried between Ethernet's size and jumbo frames", () => {
  const mtu = new PathMtu(MAX_BYTES);

  search(mtu, 0, 5000);

  expect(mtu.bytes).toBe(1452);
});

test("a cap is tried and never exceeded", () => {
  for (const [maxBytes, probes] of [
    [1200, []],
    [1300, [1300]],
    [4000, [1452, 4000]],
  ] as const) {
    const mtu = new PathMtu(maxBytes);

    expect(search(mtu, 0, MAX_BYTES)).toEqual([...probes]);
    expect(mtu.bytes).toBe(maxBytes);
  }
});

test("every path's size is found by a bounded number of probes", () => {
  let probesMax = 0;
  for (let carries = 1200; carries <= MAX_BYTES; carries += carries < 1500 ? 1 : 97) {
    const mtu = new PathMtu(MAX_BYTES);

    probesMax = Math.max(probesMax, search(mtu, 0, carries).length);

    const table = [8952, 65_487].findLast((bytes) => bytes <= carries) ?? 1452;
    const least = carries < 1452 ? carries - 15 : table;
    const most = carries < 1452 ? carries : table;
    expect(mtu.bytes, `carries ${carries}`).toBeWithin(least, most + 1);
  }
  expect(probesMax).toBeLessThanOrEqual(20);
});

test("larger sizes are tried again after ten minutes, and then only when asked", () => {
  const mtu = new PathMtu(MAX_BYTES);
  search(mtu, 0, 1452);

  const dueAtMs = mtu.probeDueAtMs;
  const early = mtu.pollProbe(dueAtMs - 1);
  const late = mtu.pollProbe(dueAtMs + 3_600_000);

  expect(dueAtMs).toBe(600_000);
  expect(early).toBeUndefined();
  expect(late).toBe(8952);
});

test("a probe of which nothing is heard counts as lost after 15 s", () => {
  const mtu = new PathMtu(1452);
  mtu.pollProbe(0);

  const early = mtu.pollProbe(14_999);
  const second = mtu.pollProbe(15_000);
  mtu.pollProbe(30_000);
  const fourth = mtu.pollProbe(45_000);

  expect(early).toBeUndefined();
  expect(second).toBe(1452);
  expect(fourth).toBe(1326);
});

test("news of a probe that was given up do no harm", () => {
  const mtu = new PathMtu(MAX_BYTES);
  search(mtu, 0, 1452);

  mtu.onProbeAcked(10, 8952);
  mtu.onProbeLost(10, 8952);
  mtu.onProbeLost(10, 1200);

  expect(mtu.bytes).toBe(1452);
  expect(mtu.probeDueAtMs).toBe(600_000);
});

test("a probe that was declared lost and arrives is good", () => {
  const mtu = new PathMtu(MAX_BYTES);
  mtu.pollProbe(0);
  mtu.onProbeLost(100, 1452);

  mtu.onProbeAcked(110, 1452);

  expect(mtu.bytes).toBe(1452);
  expect(mtu.pollProbe(120)).toBe(8952);
});

test("a path that no longer carries large packets falls back to 1200 bytes", () => {
  const mtu = atEthernet();

  mtu.onLost(1000, 1452, 900);
  mtu.onLost(1100, 1452, 1000);
  const before = mtu.bytes;
  mtu.onLost(1200, 1452, 1100);

  expect(before).toBe(1452);
  expect(mtu.bytes).toBe(1200);
  expect(mtu.probeDueAtMs).toBe(1200 + 60_000);
});

test("after a black hole the search begins anew", () => {
  const mtu = atEthernet();
  vanish(mtu, 1000, 1452);

  const probes = search(mtu, mtu.probeDueAtMs, 1400);

  expect(probes.slice(0, 4)).toEqual([1452, 1452, 1452, 1326]);
  expect(mtu.bytes).toBeWithin(1385, 1401);
});

test("losses of one moment count once", () => {
  const mtu = atEthernet();

  for (let i = 0; i < 10; i++) mtu.onLost(1000, 1452, 900);
  mtu.onLost(1100, 1452, 1000);

  expect(mtu.bytes).toBe(1452);
});

test("losses among large packets that arrive are no black hole", () => {
  const mtu = atEthernet();

  for (let now = 1000; now < 3000; now += 10) {
    // Every other packet is lost; an acknowledgement tells of both.
    mtu.onAcked(1452, now + 5);
    mtu.onLost(now + 50, 1452, now);
  }

  expect(mtu.bytes).toBe(1452);
});

test("a large packet that arrives ends the suspicion, a small one does not", () => {
  const arrived = atEthernet();
  const vanished = atEthernet();
  for (const mtu of [arrived, vanished]) {
    mtu.onLost(1000, 1452, 900);
    mtu.onLost(1100, 1452, 1000);
  }

  arrived.onAcked(1452, 1050);
  vanished.onAcked(1300, 1050);
  for (const mtu of [arrived, vanished]) mtu.onLost(1200, 1452, 1100);

  expect(arrived.bytes).toBe(1452);
  expect(vanished.bytes).toBe(1200);
});

test("an old acknowledgement does not end a younger suspicion", () => {
  const mtu = atEthernet();
  mtu.onLost(1000, 1452, 900);
  mtu.onLost(1100, 1452, 1000);

  mtu.onAcked(1452, 950);
  mtu.onLost(1200, 1452, 1100);

  expect(mtu.bytes).toBe(1200);
});

test("small packets that are lost say nothing about sizes", () => {
  const mtu = atEthernet();

  vanish(mtu, 1000, 1200);

  expect(mtu.bytes).toBe(1452);
});

test("where 1200 bytes vanish and small packets arrive, 548 are left", () => {
  const mtu = new PathMtu(1200);

  for (let i = 0; i < 3; i++) {
    mtu.onAcked(300, i * 100);
    mtu.onLost(i * 100 + 90, 1200, i * 100 + 10);
  }

  expect(mtu.bytes).toBe(548);
});

test("an outage, in which everything vanishes, is not taken for a small path", () => {
  const mtu = new PathMtu(1200);
  mtu.onAcked(300, 0);

  vanish(mtu, 1000, 1200, 50);
  // The first to arrive afterwards is a ping; only then the rest of the flight counts as lost.
  mtu.onAcked(40, 9000);
  vanish(mtu, 7000, 1200, 20);
  mtu.onAcked(1200, 9010);

  expect(mtu.bytes).toBe(1200);
});

test("from the floor the path is searched again after a minute", () => {
  const mtu = atFloor();
  const dueAtMs = mtu.probeDueAtMs;

  const probes = search(mtu, dueAtMs, 1452);

  expect(dueAtMs).toBeWithin(60_000, 61_000);
  expect(probes.slice(0, 2)).toEqual([1200, 1452]);
  expect(mtu.bytes).toBe(1452);
});

test("a path that carries less than 1200 bytes stays at the floor", () => {
  for (let carries = 548; carries < 1200; carries += 50) {
    const mtu = atFloor();

    const probes = search(mtu, mtu.probeDueAtMs, carries);

    expect(probes).toEqual([1200, 1200, 1200]);
    expect(mtu.bytes).toBe(548);
  }
});

test("nothing falls below the floor", () => {
  const mtu = atFloor();

  for (let i = 0; i < 10; i++) {
    mtu.onAcked(100, 100_000 + i * 100);
    mtu.onLost(100_000 + i * 100, 548, 100_050 + i * 100);
  }

  expect(mtu.bytes).toBe(548);
});

function atEthernet(): PathMtu {
  const mtu = new PathMtu(1452);
  search(mtu, 0, 1452);
  return mtu;
}

function atFloor(): PathMtu {
  const mtu = new PathMtu(MAX_BYTES);
  for (let i = 0; i < 3; i++) {
    mtu.onAcked(300, i * 100);
    mtu.onLost(i * 100 + 90, 1200, i * 100 + 10);
  }
  return mtu;
}

/** Packets of one size that were lost one after the other. */
function vanish(mtu: PathMtu, fromMs: number, bytes: number, count = 3): void {
  for (let i = 0; i < count; i++) mtu.onLost(fromMs + i * 100 + 90, bytes, fromMs + i * 100);
}

/** Probes sent, all at one time, until none is due on a path that carries so much. */
function search(mtu: PathMtu, now: number, carries: number): number[] {
  const probes: number[] = [];
  let bytes = mtu.pollProbe(now);
  while (bytes !== undefined) {
    probes.push(bytes);
    if (bytes <= carries) mtu.onProbeAcked(now, bytes);
    else mtu.onProbeLost(now, bytes);
    bytes = mtu.pollProbe(now);
  }
  return probes;
}
