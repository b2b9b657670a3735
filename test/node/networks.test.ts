import { expect, test } from "bun:test";
import type { Host } from "../../lib/paths/candidates.ts";
import { insideOf, Networks, NETWORKS_MAX, placeOf } from "../../lib/node/networks.ts";
import { encodeNatReport, type NatReport } from "../../lib/wire/nat.ts";
import { HOME_NAT } from "../support/homenat.ts";
import { at } from "./net.ts";

const START = 1_767_225_600_000;
const DAY_MS = 86_400_000;

const SEQUENTIAL: NatReport = {
  ...HOME_NAT,
  mapping: "address-and-port-dependent",
  allocation: { kind: "sequential", step: 1 },
  recentPorts: [40_000, 40_001],
  portsAgeMs: 1_000,
  crossTrafficPerSecond: 7,
};

function host(...ip: number[]): Host {
  return { ip: Uint8Array.from(ip), prefixBits: 24 };
}

test("a network is known again by what it did, without the ports that it gave", () => {
  const networks = new Networks([]);

  const write = networks.learn(START, "home", SEQUENTIAL);

  const lasting = { ...SEQUENTIAL, recentPorts: [], portsAgeMs: 0, crossTrafficPerSecond: 0 };
  expect(write).toMatchObject({ kind: "network", place: "home", wallMs: START });
  expect(new Networks(write === undefined ? [] : [write]).recall(START, "home")).toEqual(lasting);
  expect(networks.recall(START, "elsewhere")).toBeUndefined();
});

test("only news is written, and once in a while that it is still so", () => {
  const networks = new Networks([]);
  networks.learn(START, "home", SEQUENTIAL);

  expect(networks.learn(START, "home", { ...SEQUENTIAL, recentPorts: [7] })).toBeUndefined();
  expect(networks.learn(START, "home", HOME_NAT)?.nat).toEqual(encodeNatReport(HOME_NAT));
  expect(networks.learn(START + 16 * DAY_MS, "home", HOME_NAT)?.wallMs).toBe(START + 16 * DAY_MS);
});

test("what was not found out is not remembered, nor what is long ago", () => {
  const networks = new Networks([]);

  expect(networks.learn(START, "home", { ...HOME_NAT, mapping: "unknown" })).toBeUndefined();
  expect(networks.learn(START, "home", { ...HOME_NAT, isBlocked: true })).toBeUndefined();
  networks.learn(START, "home", HOME_NAT);
  expect(networks.recall(START + 31 * DAY_MS, "home")).toBeUndefined();
});

test("until it is seen from outside, the latest that looked so from inside is guessed", () => {
  const networks = new Networks([]);
  const inside = insideOf([host(192, 168, 1, 2)]);
  networks.learn(START, placeOf(at("192.0.2.1:7"), inside) ?? "", HOME_NAT);
  networks.learn(START, placeOf(at("192.0.2.9:7"), inside) ?? "", SEQUENTIAL);
  networks.learn(START, placeOf(at("192.0.2.1:7"), "10.0.0.5") ?? "", HOME_NAT);

  expect(networks.guess(START, inside)?.allocation).toEqual(SEQUENTIAL.allocation);
  expect(networks.guess(START, "168.1.2")).toBeUndefined();
});

test("a place is where one is seen and what one has inside, in any order, of IPv4", () => {
  const [one, other] = [host(192, 168, 1, 2), host(10, 0, 0, 1)];
  const six = { ip: new Uint8Array(16).fill(0x20), prefixBits: 64 };

  expect(insideOf([one, six, other])).toBe(insideOf([other, one]));
  expect(placeOf(at("192.0.2.1:7"), "x")).toBe(placeOf(at("192.0.2.1:8"), "x"));
  expect(placeOf(at("[2001:db8::1]:7"), "x")).toBeUndefined();
});

test("of many networks those learnt last are remembered", () => {
  const networks = new Networks([]);
  for (let i = 0; i <= NETWORKS_MAX; i++) networks.learn(START + i, `place ${i}`, HOME_NAT);

  expect(networks.recall(START, "place 0")).toBeUndefined();
  expect(networks.recall(START, `place ${NETWORKS_MAX}`)).toEqual(HOME_NAT);
});
