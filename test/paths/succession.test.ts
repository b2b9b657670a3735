import { expect, test } from "bun:test";
import { followingOf, replacementOf } from "../../lib/paths/succession.ts";
import type { Allocation, Dependence, NatReport } from "../../lib/wire/nat.ts";
import { HOME_NAT } from "../support/homenat.ts";

const STRICT: Dependence = "address-and-port-dependent";
const PORT = 50_000;

const restricted = { ...HOME_NAT, filtering: STRICT };
const cone: NatReport = { ...HOME_NAT, filtering: "endpoint-independent" };

function aged(allocation: Allocation, more: Partial<NatReport> = {}): NatReport {
  return { ...restricted, allocation, recentPorts: [30_000], ...more };
}

/** What the one does whose mapping dies, and the other. */
function parts(mine: NatReport, theirs: NatReport | undefined) {
  return [replacementOf(mine, theirs, PORT), followingOf(theirs, mine, PORT)];
}

test("one new socket is enough where the other lets in whoever calls, or may", () => {
  const reaching = { kind: "spread", sockets: 1, reaches: true } as const;
  for (const theirs of [cone, { ...cone, filtering: "address-dependent" } as const, undefined]) {
    const [mine, following] = parts(aged({ kind: "random" }), theirs);
    expect(mine).toEqual({ kind: "tactic", mine: reaching });
    expect(following).toBeUndefined();
  }
});

test("where the other lets in only whom it has called, it calls where new mappings may be", () => {
  expect(parts(aged({ kind: "random" }), restricted)).toEqual([
    { kind: "tactic", mine: { kind: "spread", sockets: 256, reaches: false } },
    { kind: "search", low: 1024, high: 65_535, probes: 2048 },
  ]);
  expect(parts(aged({ kind: "block", low: 20_000, high: 20_511 }), restricted)).toEqual([
    { kind: "tactic", mine: { kind: "spread", sockets: 16, reaches: false } },
    { kind: "search", low: 20_000, high: 20_511, probes: 128 },
  ]);
  const [mine, following] = parts(aged({ kind: "sequential", step: 2 }), restricted);
  expect(mine).toMatchObject({ mine: { kind: "spread", sockets: 4 } });
  expect(following).toMatchObject({ kind: "predict" });
  expect(following?.kind === "predict" && following.ports.slice(0, 2)).toEqual([30_002, 30_004]);
});

test("a port that is kept is known to both", () => {
  expect(parts(aged({ kind: "preserving" }), restricted)).toEqual([
    { kind: "tactic", mine: { kind: "fresh", port: PORT } },
    { kind: "aim", port: PORT },
  ]);
});

test("the other's mapping counts as known where it depends on the address alone", () => {
  const byAddress: NatReport = { ...restricted, mapping: "address-dependent" };
  expect(parts(aged({ kind: "random" }), byAddress)).toEqual(
    parts(aged({ kind: "random" }), restricted),
  );
});

test("nothing is done where both would have to guess, or nothing is translated", () => {
  const both = { ...restricted, mapping: STRICT, allocation: { kind: "random" } } as const;
  expect(parts(aged({ kind: "random" }), both)).toEqual([{ kind: "none" }, undefined]);
  const open = aged({ kind: "preserving" }, { isTranslated: false });
  expect(replacementOf(open, restricted, PORT)).toEqual({ kind: "none" });
});
