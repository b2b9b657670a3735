import { describe, expect, test } from "bun:test";
import type { NatReport } from "../../lib/wire/nat.ts";
import type { NatBehaviour } from "../sim/nat.ts";
import { DELAY_MS, START, SurveyWorld } from "./surveyworld.ts";

/** Another run of these tests: SEED=7 bun test survey. */
const SEED = Number(process.env["SEED"] ?? 1);
const SEEDS = Number(process.env["SEEDS"] ?? 12);

interface Kind {
  readonly nat: Partial<NatBehaviour> | undefined;
  readonly outerIps?: readonly string[];
  readonly meant: Partial<NatReport>;
}

const APDF = "address-and-port-dependent" as const;
const AD = "address-dependent" as const;
const EI = "endpoint-independent" as const;

const HOME = { filtering: APDF } as const;
const CONE: Partial<NatReport> = {
  mapping: EI,
  allocation: { kind: "preserving" },
  isTranslated: true,
  addresses: "one",
  hairpin: false,
  isBlocked: false,
};
const SYMMETRIC: Partial<NatReport> = {
  ...CONE,
  mapping: APDF,
  filtering: APDF,
  poisons: undefined,
};
const HARD = { mapping: APDF, filtering: APDF } as const;

const KINDS: Readonly<Record<string, Kind>> = {
  open: {
    nat: undefined,
    meant: { ...CONE, filtering: EI, isTranslated: false, hairpin: undefined, poisons: false },
  },
  "a firewall": {
    nat: { ...HOME, translation: "none" },
    meant: { ...CONE, filtering: APDF, isTranslated: false, hairpin: undefined, poisons: false },
  },
  "a full cone": { nat: {}, meant: { ...CONE, filtering: EI, poisons: false } },
  "an address-restricted cone": {
    nat: { filtering: AD },
    meant: { ...CONE, filtering: AD, poisons: false },
  },
  "a port-restricted cone": { nat: HOME, meant: { ...CONE, filtering: APDF, poisons: false } },
  "one that rejects": {
    nat: { ...HOME, unsolicited: "reject" },
    meant: { ...CONE, filtering: APDF, poisons: false },
  },
  "one that is poisoned": {
    nat: { ...HOME, unsolicited: "poison" },
    meant: { ...CONE, filtering: APDF, poisons: true },
  },
  "a cone with hairpin": {
    nat: { ...HOME, hairpin: true },
    meant: { ...CONE, filtering: APDF, poisons: false, hairpin: true },
  },
  "a carrier's, by chance, one port a socket": {
    nat: { ...HOME, allocation: { kind: "random" } },
    meant: { ...CONE, filtering: APDF, poisons: false, allocation: { kind: "random" } },
  },
  "one whose mapping depends on the address": {
    nat: { ...HOME, mapping: AD, allocation: { kind: "random" } },
    meant: { ...CONE, mapping: AD, filtering: APDF, allocation: { kind: "random" } },
  },
  "a symmetric one by chance": {
    nat: { ...HARD, allocation: { kind: "random" } },
    meant: { ...SYMMETRIC, allocation: { kind: "random" } },
  },
  "a symmetric one in sequence": {
    nat: { ...HARD, allocation: { kind: "sequential", step: 1 } },
    meant: { ...SYMMETRIC, allocation: { kind: "sequential", step: 1 } },
  },
  "a symmetric one in a busy sequence downward": {
    nat: { ...HARD, allocation: { kind: "sequential", step: -2 }, crossPerSecond: 20 },
    meant: { ...SYMMETRIC, allocation: { kind: "sequential", step: -2 } },
  },
  "several addresses, any of them for each mapping": {
    nat: { ...HARD, allocation: { kind: "random" }, addresses: 3, pooling: "arbitrary" },
    outerIps: ["198.51.100.7", "198.51.100.8", "198.51.100.9"],
    meant: { ...SYMMETRIC, allocation: { kind: "random" }, addresses: "several" },
  },
  "several addresses, one for each node": {
    nat: { ...HOME, addresses: 2 },
    outerIps: ["198.51.100.7", "198.51.100.8"],
    meant: { ...CONE, filtering: APDF, poisons: false },
  },
};

const kinds = Object.entries(KINDS);

test.each([
  { kind: "sequential", step: 3 },
  { kind: "block", ports: 512 },
  { kind: "random" },
] as const)("the ports of a symmetric one are told a round trip later: %j", (allocation) => {
  for (let seed = SEED; seed < SEED + SEEDS; seed++) {
    const nat = { ...HARD, allocation };
    const { reports } = new SurveyWorld({ seed, nat }).begin().run(4 * DELAY_MS + 1);

    expect(reports.at(-1)?.report.allocation.kind).toBe(allocation.kind);
    expect(reports.length).toBeLessThanOrEqual(2);
  }
});

test.each([undefined, { ...HOME, filtering: "endpoint-independent" }] as const)(
  "who lets in anybody says so as soon as somebody came, and once: %j",
  (nat) => {
    for (let seed = SEED; seed < SEED + SEEDS; seed++) {
      const world = new SurveyWorld({ seed, nat, openMs: 30 }).begin();
      const filtering = (): unknown[] => world.reports.map(({ report }) => report.filtering);

      expect(world.run(30 + 2 * DELAY_MS + 1) && filtering().at(-1)).toBe("endpoint-independent");
      const times = filtering().length;
      expect(world.run(300) && filtering()).toHaveLength(times);
    }
  },
);

describe.each(kinds)("%s", (_name, { nat, outerIps, meant }) => {
  const world = (seed: number, loss = 0) =>
    new SurveyWorld({ seed, nat, loss, ...(outerIps === undefined ? {} : { outerIps }) });

  test("is known within 3 s, its mapping after a round trip", () => {
    for (let seed = SEED; seed < SEED + SEEDS; seed++) {
      const { reports } = world(seed).begin().run(3000);

      const [first] = reports;
      expect(first?.report.mapping).toBe(meant.mapping ?? "unknown");
      expect((first?.atMs ?? Infinity) - START).toBeLessThanOrEqual(2 * DELAY_MS);
      expect({ seed, ...reports.at(-1)?.report }).toMatchObject({ seed, ...meant });
    }
  });

  test("is known within 3 s where one datagram of ten is lost, or hardly ever left open", () => {
    const wrong: string[] = [];
    let open = 0;
    for (let seed = SEED; seed < SEED + 2 * SEEDS; seed++) {
      const lossy = world(seed, 0.1).begin().run(3000);
      const report = Object.entries(lossy.survey.report(lossy.now) ?? {});
      for (const [key, value] of Object.entries(meant)) {
        const said: unknown = report.find(([name]) => name === key)?.[1];
        if (Bun.deepEquals(said, value)) continue;
        if (isUnknown(said)) open += 1;
        else wrong.push(`seed ${seed}: ${key} is ${JSON.stringify(said)}`);
      }
    }

    expect(wrong).toEqual([]);
    expect(open).toBeLessThanOrEqual(Math.ceil(SEEDS / 10));
  });
});

function isUnknown(said: unknown): boolean {
  return [undefined, "unknown", { kind: "unknown" }].some((unknown) =>
    Bun.deepEquals(said, unknown),
  );
}
