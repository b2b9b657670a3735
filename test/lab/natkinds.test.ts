import { expect, test } from "bun:test";
import { feasible, KIND_NAMES, type Feasibility, type Kind } from "./natkinds.ts";

const RESTRICTED = ["port-restricted", "poisoning", "carrier-restricted", "short-lived"] as const;
const EASY = ["open", "full-cone", "address-restricted", ...RESTRICTED] as const;
const SYMMETRIC = ["symmetric-random", "symmetric-sequential", "block-dependent"] as const;

function verdicts(ones: readonly Kind[], others: readonly Kind[]): Feasibility[] {
  return [...new Set(ones.flatMap((one) => others.map((other) => feasible(one, other))))];
}

test("two mappings that are the same for everyone meet easily", () => {
  expect(verdicts(EASY, [...EASY, "block-independent", "paired-pool", "aged"])).toEqual(["easy"]);
});

test("a symmetric router reaches those who let in whoever they know the address of", () => {
  expect(verdicts(SYMMETRIC, ["open", "full-cone", "address-restricted"])).toEqual(["easy"]);
});

test("a symmetric router's port must be found by those who let in one port alone", () => {
  expect(verdicts(SYMMETRIC, RESTRICTED)).toEqual(["technique"]);
});

test("of two symmetric routers both must be predictable", () => {
  const pairs = SYMMETRIC.flatMap((one) => SYMMETRIC.map((other) => [one, other] as const));
  const feasiblePairs = pairs.filter(([one, other]) => feasible(one, other) !== "infeasible");

  expect(feasiblePairs).toEqual([["symmetric-sequential", "symmetric-sequential"]]);
});

test("of two addresses at random those let in each who let in an address, not a port", () => {
  expect(feasible("arbitrary-pool", "full-cone")).toBe("easy");
  expect(feasible("arbitrary-pool", "address-restricted")).toBe("technique");
  expect(feasible("arbitrary-pool", "port-restricted")).toBe("technique");
  expect(feasible("arbitrary-pool", "symmetric-random")).toBe("infeasible");
});

test("firewalls of IPv6 meet whoever has IPv6, and nobody else", () => {
  expect(verdicts(["firewall6"], ["open", "firewall6", "dual-stack"])).toEqual(["easy"]);
  expect(verdicts(["firewall6"], ["full-cone", "port-restricted"])).toEqual(["infeasible"]);
  expect(feasible("dual-stack", "dual-stack")).toBe("easy");
  expect(feasible("dual-stack", "port-restricted")).toBe("technique");
});

test("neighbours on one LAN meet whatever their router does", () => {
  expect(verdicts(["no-hairpin"], ["no-hairpin"])).toEqual(["easy"]);
  expect(feasible("no-hairpin", "symmetric-random")).toBe("technique");
});

test("where UDP is blocked nobody is reached, and the order of a pair never matters", () => {
  expect(verdicts(["udp-blocked"], KIND_NAMES)).toEqual(["infeasible"]);
  for (const one of KIND_NAMES) {
    expect(KIND_NAMES.map((other) => feasible(one, other))).toEqual(
      KIND_NAMES.map((other) => feasible(other, one)),
    );
  }
});
