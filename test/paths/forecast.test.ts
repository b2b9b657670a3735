import { expect, test } from "bun:test";
import { forecastOf } from "../../lib/paths/forecast.ts";
import type { Forecast } from "../../lib/paths/forecastwords.ts";
import type { Allocation, NatReport } from "../../lib/wire/nat.ts";
import { HOME_NAT as HOME } from "../support/homenat.ts";

function hard(allocation: Allocation, rest: Partial<NatReport> = {}): NatReport {
  const recentPorts = [4000];
  return { ...HOME, mapping: "address-and-port-dependent", allocation, recentPorts, ...rest };
}

const CONE: NatReport = { ...HOME, filtering: "endpoint-independent" };
const RESTRICTED: NatReport = { ...HOME, filtering: "address-dependent" };
const RANDOM = hard({ kind: "random" });
const BLOCK = hard({ kind: "block", low: 20_000, high: 20_511 });
const SEQUENTIAL = hard({ kind: "sequential", step: 1 });

test.each<[NatReport | undefined, NatReport | undefined, Forecast]>([
  [HOME, HOME, "direct"],
  [HOME, undefined, "unknown"],
  [RANDOM, CONE, "direct"],
  [RANDOM, RESTRICTED, "direct"],
  [{ ...RANDOM, addresses: "several" }, RESTRICTED, "birthday"],
  [RANDOM, HOME, "birthday"],
  [BLOCK, HOME, "birthday"],
  [SEQUENTIAL, HOME, "prediction"],
  [SEQUENTIAL, SEQUENTIAL, "prediction"],
  [SEQUENTIAL, RANDOM, "relay"],
  [RANDOM, RANDOM, "relay"],
  [{ ...HOME, isBlocked: true }, undefined, "relay"],
])("what is expected is the same from both sides: %#", (one, other, expected) => {
  expect(forecastOf(one, other)).toBe(expected);
  expect(forecastOf(other, one)).toBe(expected);
});
