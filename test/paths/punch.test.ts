import { expect, test } from "bun:test";
import { type Address, hostOf, parseAddress, portOf } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { costOf, OPENER_TTL, Punch, type PunchOutput } from "../../lib/paths/punch.ts";
import type { Tactic } from "../../lib/paths/tactics.ts";
import { seeded } from "../crypto/seeded.ts";

const THEIRS = at("203.0.113.9:40000");
const MAIN = 0;

function begin(tactic: Tactic): Punch {
  let last = 100;
  return new Punch({
    beginAtMs: 0,
    random: seeded(1),
    tactic,
    known: { socket: MAIN, remote: THEIRS },
    takeSocket: () => ++last,
  });
}

interface Played {
  readonly atMs: number;
  readonly output: PunchOutput;
}

/** All that comes of it by itself, its sockets opened `openAfterMs` after it asks. */
function play(punch: Punch, untilMs: number, openAfterMs = 0): Played[] {
  const played: Played[] = [];
  const opening: { readonly socket: number; readonly atMs: number }[] = [];
  for (let now = 0; now <= untilMs;) {
    for (const { socket } of opening.filter(({ atMs }) => atMs === now)) punch.handleOpened(socket);
    for (let output = punch.pollOutput(now); output; output = punch.pollOutput(now)) {
      played.push({ atMs: now, output });
      if (output.kind === "open") opening.push({ socket: output.socket, atMs: now + openAfterMs });
      if (output.kind === "open" && openAfterMs === 0) punch.handleOpened(output.socket);
    }
    const opens = opening.map(({ atMs }) => atMs).filter((atMs) => atMs > now);
    now = Math.min(punch.pollTimeout(), ...opens);
  }
  return played;
}

function probes(played: readonly Played[]) {
  return played.flatMap(({ atMs, output }) =>
    output.kind === "punch" ? [{ atMs, ...output.way, ttl: output.ttl }] : [],
  );
}

test("a prediction goes to its ports from the known socket, twice", () => {
  const sent = probes(play(begin({ kind: "predict", ports: [5000, 5001, 5002] }), 10_000));

  expect(sent.map(({ atMs, remote }) => [atMs, portOf(remote)])).toEqual([
    [0, 5000],
    [0, 5001],
    [0, 5002],
    [150, 5000],
    [150, 5001],
    [150, 5002],
  ]);
  expect(sent.every(({ socket, ttl }) => socket === MAIN && ttl === undefined)).toBe(true);
  expect(sent.every(({ remote }) => hostOf(remote) === hostOf(THEIRS))).toBe(true);
});

test("spread sockets open their router towards the known address, not further", () => {
  const played = play(begin({ kind: "spread", sockets: 256, reaches: false }), 10_000, 7);

  const sent = probes(played);
  expect(played.filter(({ output }) => output.kind === "open")).toHaveLength(256);
  expect(new Set(sent.map(({ socket }) => socket)).size).toBe(256);
  expect(sent.every(({ remote, ttl }) => remote === THEIRS && ttl === OPENER_TTL)).toBe(true);
});

test("a search goes to so many ports of the range, none twice", () => {
  const tactic = { kind: "search", low: 20_000, high: 20_511, probes: 128 } as const;

  const ports = probes(play(begin(tactic), 10_000)).map(({ remote }) => portOf(remote));

  expect(ports).toHaveLength(128);
  expect(new Set(ports).size).toBe(128);
  expect(ports.every((port) => port >= 20_000 && port <= 20_511)).toBe(true);
});

test.each([
  { kind: "predict", ports: [5000, 5001], from: 50_000 },
  { kind: "search", low: 20_000, high: 20_511, probes: 128, from: 50_000 },
] as const)("$kind from another port leaves from there as soon as it is bound", (tactic) => {
  for (const openAfterMs of [0, 40]) {
    const played = play(begin(tactic), 10_000, openAfterMs);

    const opens = played.flatMap(({ output }) => (output.kind === "open" ? [output] : []));
    expect(opens).toEqual([{ kind: "open", socket: 101, port: 50_000 }]);
    const sent = probes(played);
    expect(sent[0]?.atMs).toBe(openAfterMs);
    expect(sent).toHaveLength(costOf(tactic).packets);
    expect(sent.every(({ socket }) => socket === 101)).toBe(true);
  }
});

test("from a port that cannot be bound it leaves from the known socket", () => {
  const punch = begin({ kind: "predict", ports: [5000], from: 50_000 });
  const opens = punch.pollOutput(0);

  expect([opens?.kind, punch.pollOutput(0), punch.pollTimeout()]).toEqual([
    "open",
    undefined,
    Infinity,
  ]);
  expect(punch.handleFailed(101)).toBe(true);
  expect(punch.pollOutput(0)).toMatchObject({ kind: "punch", way: { socket: MAIN } });
});

test("sockets spread towards another port, and the known one, open the way there", () => {
  const tactic = { kind: "spread", sockets: 4, reaches: false, towards: 50_000 } as const;

  const sent = probes(play(begin(tactic), 10_000, 7));

  expect(sent.map(({ socket }) => socket)).toEqual([MAIN, 101, 102, 103, 104]);
  expect(sent.every(({ remote, ttl }) => portOf(remote) === 50_000 && ttl === OPENER_TTL)).toBe(
    true,
  );
  expect(sent.every(({ remote }) => hostOf(remote) === hostOf(THEIRS))).toBe(true);
  expect(costOf(tactic).packets).toBe(sent.length);
});

test("a meeting goes from each socket to the one port, four times, late ones at once", () => {
  const sent = probes(play(begin({ kind: "meet", sockets: 25, port: 9000 }), 10_000, 20));

  expect(sent.every(({ remote }) => portOf(remote) === 9000)).toBe(true);
  const ofFirst = sent.filter(({ socket }) => socket === 101).map(({ atMs }) => atMs);
  expect(ofFirst).toEqual([20, 100, 250, 500]);
  expect(sent).toHaveLength(4 * 25);
});

test("a fresh socket is bound to its port, and calls with few hops before it calls", () => {
  const played = play(begin({ kind: "fresh", port: 50_000 }), 10_000);

  const opens = played.flatMap(({ output }) => (output.kind === "open" ? [output] : []));
  expect(opens).toEqual([{ kind: "open", socket: 101, port: 50_000 }]);
  expect(
    probes(played).map(({ atMs, socket, remote, ttl }) => [atMs, socket, remote, ttl]),
  ).toEqual([
    [0, 101, THEIRS, OPENER_TTL],
    [40, 101, THEIRS, undefined],
    [120, 101, THEIRS, undefined],
    [300, 101, THEIRS, undefined],
  ]);
});

test("where both routers take ways a fresh socket calls the other's fresh port", () => {
  const sent = probes(play(begin({ kind: "fresh", port: 50_000, towards: 50_001 }), 10_000));

  expect(sent.map(({ remote }) => portOf(remote))).toEqual([50_001, 50_001, 50_001, 50_001]);
});

test("one that comes late begins with few hops all the same", () => {
  const sent = probes(play(begin({ kind: "fresh", port: 50_000 }), 10_000, 100));

  expect(sent.map(({ atMs, ttl }) => [atMs, ttl])).toEqual([
    [100, OPENER_TTL],
    [120, undefined],
    [300, undefined],
  ]);
});

test("who aims at it calls it from where it is known, with few hops first", () => {
  const sent = probes(play(begin({ kind: "aim", port: 50_000 }), 10_000));

  expect(sent.map(({ atMs, remote, ttl }) => [atMs, portOf(remote), ttl])).toEqual([
    [0, 50_000, OPENER_TTL],
    [40, 50_000, undefined],
    [120, 50_000, undefined],
    [300, 50_000, undefined],
  ]);
  expect(
    sent.every(({ socket, remote }) => socket === MAIN && hostOf(remote) === hostOf(THEIRS)),
  ).toBe(true);
});

test.each([
  { kind: "predict", ports: [5000, 5001] },
  { kind: "spread", sockets: 256, reaches: false },
  { kind: "search", low: 20_000, high: 20_511, probes: 128 },
  { kind: "meet", sockets: 25, port: 9000 },
  { kind: "fresh", port: 50_000 },
  { kind: "aim", port: 50_000 },
] as const)("$kind takes no more than it says", (tactic) => {
  const { sockets, packets } = costOf(tactic);

  for (const openAfterMs of [0, 60]) {
    const played = play(begin(tactic), 10_000, openAfterMs);
    expect(played.filter(({ output }) => output.kind === "open")).toHaveLength(sockets);
    expect(probes(played).length).toBeWithin(1, packets + 1);
  }
});

test("nothing is done before it is to begin", () => {
  const punch = new Punch({
    beginAtMs: 700,
    random: seeded(1),
    tactic: { kind: "spread", sockets: 2, reaches: false },
    known: { socket: MAIN, remote: THEIRS },
    takeSocket: () => 101,
  });

  expect(punch.pollOutput(699)).toBeUndefined();
  expect(punch.pollTimeout()).toBe(700);
  expect(punch.pollOutput(700)?.kind).toBe("open");
});

test("its sockets are of use for as long as the other side may search, or answer", () => {
  const spread = (sockets: number) => begin({ kind: "spread", sockets, reaches: false });
  const hit = spread(256);
  hit.handleHit(1_000);

  expect(spread(256).endAtMs).toBe(5_000);
  expect(spread(4).endAtMs).toBe(2_000);
  expect(begin({ kind: "meet", sockets: 25, port: 9000 }).endAtMs).toBe(2_000);
  expect(begin({ kind: "predict", ports: [5000] }).endAtMs).toBe(Infinity);
  expect(hit.endAtMs).toBe(1_000 + 3_000);
});

test("what is known better is not waited for, but what goes on is not begun anew", () => {
  const block: Tactic = { kind: "spread", sockets: 16, reaches: false };
  const sequence: Tactic = { kind: "spread", sockets: 4, reaches: false };
  const punch = begin(block);
  const hit = begin(block);
  hit.handleHit(0);

  expect(punch.isBusyWith(4_999, block)).toBe(true);
  expect(punch.isBusyWith(1_000, sequence)).toBe(false);
  expect(punch.isBusyWith(1_000, { ...block, towards: 50_000 })).toBe(false);
  expect(punch.isBusyWith(5_000, block)).toBe(false);
  expect([hit.isBusyWith(2_999, sequence), hit.isBusyWith(3_000, sequence)]).toEqual([true, false]);
});

test("a hit ends the search; the sockets stay until it is known which was met", () => {
  const search = begin({ kind: "search", low: 1024, high: 65_535, probes: 2048 });
  const before = probes(play(search, 100)).length;
  search.handleHit(100);

  expect(before).toBeGreaterThan(10);
  expect(play(search, 10_000)).toEqual([]);
  expect(search.pollTimeout()).toBe(Infinity);
});

test("sockets of others are not its own", () => {
  const punch = begin({ kind: "spread", sockets: 1, reaches: false });
  punch.pollOutput(0);

  expect([punch.handleOpened(7), punch.handleFailed(7), punch.handleOpened(101)]).toEqual([
    false,
    false,
    true,
  ]);
});

function at(text: string): Address {
  const address = parseAddress(text);
  assert(address !== undefined, "a test's addresses are addresses");
  return address;
}
