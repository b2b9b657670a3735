import { expect, test } from "bun:test";
import {
  HEAD_START_MS,
  headStartMs,
  prospectOf,
  refireOf,
  type Tactic,
  unspoilt,
} from "../../lib/paths/tactics.ts";
import type { Allocation, Dependence, NatReport } from "../../lib/wire/nat.ts";
import { HOME_NAT } from "../support/homenat.ts";

function report(
  mapping: NatReport["mapping"],
  filtering: NatReport["filtering"],
  allocation: Allocation = { kind: "preserving" },
  more: Partial<NatReport> = {},
): NatReport {
  return {
    ...HOME_NAT,
    mapping,
    filtering,
    allocation,
    recentPorts: [30_000, 30_002],
    ...more,
  };
}

const STRICT: Dependence = "address-and-port-dependent";
const open = report("endpoint-independent", "endpoint-independent");
const addressRestricted = report("endpoint-independent", "address-dependent");
const portRestricted = report("endpoint-independent", STRICT);
const random = report(STRICT, STRICT, { kind: "random" });
const block = report(STRICT, STRICT, { kind: "block", low: 20_000, high: 20_511 });
const sequential = report(STRICT, STRICT, { kind: "sequential", step: 2 });
const pooled = report(STRICT, STRICT, { kind: "random" }, { addresses: "several" });
const blocked = report("unknown", "unknown", { kind: "unknown" }, { isBlocked: true });

function tactics(a: NatReport, b: NatReport): (Tactic | undefined | string)[] {
  return [prospectOf(a, b), prospectOf(b, a)].map((prospect) =>
    prospect.kind === "tactic" ? prospect.mine : prospect.kind,
  );
}

test("where both keep one mapping, calling is enough", () => {
  for (const a of [open, addressRestricted, portRestricted]) {
    for (const b of [open, addressRestricted, portRestricted]) {
      expect(prospectOf(a, b)).toEqual({ kind: "direct" });
    }
  }
});

test("who lets in other ports of the same address is called by the hardest", () => {
  for (const easy of [open, addressRestricted]) {
    for (const hard of [random, block, sequential]) {
      expect(tactics(easy, hard)).toEqual(["direct", "direct"]);
    }
  }
  expect(prospectOf(open, pooled)).toEqual({ kind: "direct" });
  expect(tactics(addressRestricted, pooled)).toEqual([
    undefined,
    { kind: "spread", sockets: 8, reaches: true },
  ]);
});

test("a random allocator is searched for 256 sockets, in all ports", () => {
  expect(tactics(portRestricted, random)).toEqual([
    { kind: "search", low: 1024, high: 65_535, probes: 2048 },
    { kind: "spread", sockets: 256, reaches: false },
  ]);
});

test("where each of its sockets may be given one of several addresses, no more are opened", () => {
  expect(tactics(portRestricted, pooled)).toEqual(tactics(portRestricted, random));
});

test("within a block fewer sockets and probes do", () => {
  expect(tactics(portRestricted, block)).toEqual([
    { kind: "search", low: 20_000, high: 20_511, probes: 128 },
    { kind: "spread", sockets: 16, reaches: false },
  ]);
  const wide = report(STRICT, STRICT, { kind: "block", low: 20_000, high: 22_047 });
  expect(tactics(portRestricted, wide)[1]).toEqual({ kind: "spread", sockets: 64, reaches: false });
  const vast = report(STRICT, STRICT, { kind: "block", low: 20_000, high: 40_000 });
  expect(tactics(portRestricted, vast)).toEqual([
    { kind: "search", low: 20_000, high: 40_000, probes: 2048 },
    { kind: "spread", sockets: 256, reaches: false },
  ]);
});

test("a sequential allocator is predicted, from its last port on, in its steps", () => {
  const [mine, theirs] = tactics(portRestricted, sequential);

  expect(theirs).toEqual({ kind: "spread", sockets: 4, reaches: false });
  expect(mine).toEqual({
    kind: "predict",
    ports: Array.from({ length: 32 }, (_, i) => 30_004 + 2 * i),
  });
});

test("what others have opened since is passed over", () => {
  const busy = { portsAgeMs: 3000, crossTrafficPerSecond: 10 };
  const [mine] = tactics(portRestricted, { ...sequential, ...busy });

  // Thirty of others, give or take twelve; and the nearest in case there were none.
  expect(mine).toMatchObject({ kind: "predict" });
  expect(mine).toHaveProperty("ports.0", 30_004);
  expect(mine).toHaveProperty("ports.8", 30_002 + 2 * (30 - 12 + 1));
  expect(mine).toHaveProperty("ports.length", 32);
});

test("two sequential allocators meet on one of twenty-five sockets", () => {
  const down = report(STRICT, STRICT, { kind: "sequential", step: -1 }, { recentPorts: [9000] });

  expect(tactics(sequential, down)).toEqual([
    { kind: "meet", sockets: 25, port: 8984 },
    { kind: "meet", sockets: 25, port: 30_034 },
  ]);
});

test("where others open mappings too, they are to meet as much further on", () => {
  const busy = { recentPorts: [9000], portsAgeMs: 1_500, crossTrafficPerSecond: 10 };
  const other = report(STRICT, STRICT, { kind: "sequential", step: 1 }, busy);

  expect(tactics(sequential, other)[0]).toEqual({ kind: "meet", sockets: 25, port: 9031 });
});

test("hard pairs beyond that are not worth the packets, nor is anything with the blocked", () => {
  for (const [a, b] of [
    [random, random],
    [random, sequential],
    [random, block],
    [block, block],
    [sequential, pooled],
    [blocked, open],
    [blocked, blocked],
  ] as const) {
    expect(prospectOf(a, b).kind).toBe("infeasible");
    expect(prospectOf(b, a).kind).toBe("infeasible");
  }
});

test("what is not known is not planned for", () => {
  const unsure = report("unknown", "unknown");

  expect(prospectOf(undefined, random)).toEqual({ kind: "unknown" });
  expect(prospectOf(portRestricted, undefined)).toEqual({ kind: "unknown" });
  expect(prospectOf(unsure, random)).toEqual({ kind: "unknown" });
  const half = report(STRICT, STRICT, { kind: "unknown" });
  expect(prospectOf(portRestricted, half)).toEqual({ kind: "unknown" });
  expect(prospectOf(half, half)).toEqual({ kind: "unknown" });
});

test("a mapping seen from one address alone is doubted when calls were in vain", () => {
  const compared = { ports: true, addresses: false };
  const home = { ...portRestricted, compared };
  const unsure = { ...block, mapping: "endpoint-independent", compared } as const;

  expect(prospectOf(home, unsure)).toEqual({ kind: "direct" });
  expect(prospectOf(home, unsure, true)).toEqual({
    kind: "tactic",
    mine: { kind: "search", low: 20_000, high: 20_511, probes: 128 },
  });
  expect(prospectOf(home, home, true)).toEqual({ kind: "direct" });
});

test("both sides come to the same end, whatever they are", () => {
  const all = [open, addressRestricted, portRestricted, random, block, sequential, pooled, blocked];
  for (const a of all) {
    for (const b of all) expect(prospectOf(a, b).kind).toBe(prospectOf(b, a).kind);
  }
});

test("whose router took the way calls from a new port, and is called there", () => {
  const poisoning: NatReport = { ...HOME_NAT, poisons: true };
  const ports = { mine: 50_000, theirs: 50_001 };

  expect(refireOf(poisoning, HOME_NAT, ports)).toEqual({ kind: "fresh", port: 50_000 });
  expect(refireOf(HOME_NAT, poisoning, ports)).toEqual({ kind: "aim", port: 50_001 });
  expect(refireOf(poisoning, poisoning, ports)).toEqual({
    kind: "fresh",
    port: 50_000,
    towards: 50_001,
  });
});

test("no new port where no router takes ways, or where it is not seen outside", () => {
  const chosen: NatReport = { ...HOME_NAT, poisons: true, allocation: { kind: "random" } };
  const ports = { mine: 50_000, theirs: 50_001 };

  expect(refireOf(HOME_NAT, HOME_NAT, ports)).toBeUndefined();
  expect(refireOf(chosen, HOME_NAT, ports)).toBeUndefined();
  expect(refireOf(undefined, chosen, ports)).toBeUndefined();
});

test("where the easy router takes ways for its own, both go by a port that has no past", () => {
  const poisoning = report(
    "endpoint-independent",
    STRICT,
    { kind: "preserving" },
    { poisons: true },
  );
  const parts = (easy: NatReport, hard: NatReport): readonly unknown[] =>
    [
      [easy, hard],
      [hard, easy],
    ].map(([mine, theirs]) => {
      const prospect = prospectOf(mine, theirs);
      const tactic = prospect.kind === "tactic" ? prospect.mine : undefined;
      return tactic && unspoilt(tactic, mine, theirs, 50_000);
    });

  for (const hard of [random, block, sequential]) {
    expect(parts(poisoning, hard)).toMatchObject([{ from: 50_000 }, { towards: 50_000 }]);
    for (const part of parts(portRestricted, hard)) {
      expect(part).not.toHaveProperty("from");
      expect(part).not.toHaveProperty("towards");
    }
  }
});

test("and by the known one where calls are met, or the port would not be seen outside", () => {
  const poisons = { poisons: true };
  const keeping = report(STRICT, STRICT, { kind: "preserving" });
  const chosen = report("endpoint-independent", STRICT, { kind: "random" }, poisons);
  const known = report("endpoint-independent", STRICT, { kind: "preserving" }, poisons);
  const search = { kind: "search", low: 1024, high: 65_535, probes: 2048 } as const;
  const predict = { kind: "predict", ports: [40_000] } as const;
  const reaching = { kind: "spread", sockets: 8, reaches: true } as const;

  expect(unspoilt(search, chosen, random, 50_000)).toBe(search);
  expect(unspoilt(predict, known, keeping, 50_000)).toBe(predict);
  expect(unspoilt(reaching, random, known, 50_000)).toBe(reaching);
});

test("calls have a head start where nobody has seen whom the easy router lets in", () => {
  const unseen = report("endpoint-independent", "unknown");
  const unseenToo = report(STRICT, "unknown", { kind: "random" });
  const starts = (a: NatReport | undefined, b: NatReport | undefined): readonly number[] => [
    headStartMs(a, b),
    headStartMs(b, a),
  ];

  expect(starts(unseen, random)).toEqual([HEAD_START_MS, HEAD_START_MS]);
  expect(starts(unseen, unseenToo)).toEqual([HEAD_START_MS, HEAD_START_MS]);
  expect(starts(portRestricted, unseenToo)).toEqual([0, 0]);
  expect(starts(unseen, sequential)).toEqual([0, 0]);
  expect(starts(sequential, unseenToo)).toEqual([0, 0]);
  expect(starts(undefined, random)).toEqual([0, 0]);
});
