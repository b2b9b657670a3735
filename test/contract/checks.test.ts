import { expect, test } from "bun:test";
import {
  addressCheck,
  type Check,
  type FamilyFacts,
  filteringCheck,
  firewallCheck,
  hairpinCheck,
  isBlocked,
  lanCheck,
  lifetimeCheck,
  mappingCheck,
  outwardHosts,
  portMapCheck,
  reportOf,
  udpCheck,
} from "../../lib/contract/checks.ts";
import type { Examined } from "../../lib/node/examination.ts";
import type { SendError } from "../../lib/node/machine.ts";
import type { NatReport } from "../../lib/wire/nat.ts";
import { HOME_NAT as HOME } from "../support/homenat.ts";
import { address, SERVER } from "./events.ts";

const HARD: NatReport = {
  ...HOME,
  mapping: "address-and-port-dependent",
  allocation: { kind: "random" },
};

function answered(report: NatReport | undefined, rest: Partial<Examined> = {}): FamilyFacts {
  const lifetime = { atLeastMs: 2000, belowMs: Infinity };
  const mapped = address("203.0.113.7:41000");
  const outcome = { kind: "answered", rttMs: 12.34, mapped, report, lifetime, ...rest } as const;
  const examination = { server: SERVER, outcome, isWhole: true };
  return { family: "IPv4", own: ["192.168.1.5"], examination, knock: "untried" };
}

function silent(knock: FamilyFacts["knock"], error?: SendError): FamilyFacts {
  const outcome = { kind: "silent", error } as const;
  const examination = { server: SERVER, outcome, isWhole: true };
  return { family: "IPv4", own: ["192.168.1.5"], examination, knock };
}

const UNASKED: FamilyFacts = {
  family: "IPv6",
  own: [],
  examination: undefined,
  knock: "untried",
};

const NEARBY = answered({ ...HOME, isTranslated: false }, { mapped: address("192.168.1.5:4000") });

const NO_LAN = { heard: [], deaf: [], clients: 0, servers: [] };
const GRANTED = { protocol: "PCP", address: address("203.0.113.7:5000") };

test.each<[Check, Check["state"], string, string | null]>([
  [udpCheck([answered(HOME), UNASKED]), "ok", `answered by ${SERVER} in 12 ms`, null],
  [udpCheck([UNASKED]), "skip", "no server is known", "--server HOST:PORT"],
  [udpCheck([silent("answers")]), "fail", "answers by TCP, and nothing comes back by UDP", "UDP"],
  [udpCheck([silent("silent")]), "fail", "by UDP or TCP: it is down, or this network", "another"],
  [udpCheck([silent("answers", "refused")]), "fail", "nothing listens at", "whether the server"],
  [udpCheck([silent("silent", "unreachable")]), "fail", "no way leads", "connected"],
  [addressCheck(answered(HOME)), "ok", "192.168.1.5; seen from outside as 203.0.113.7", null],
  [
    addressCheck({ ...answered(HOME), own: ["203.0.113.7"] }),
    "ok",
    "203.0.113.7, this machine's own",
    null,
  ],
  [addressCheck(UNASKED), "warn", "no IPv6 address", "turn IPv6 on"],
  [addressCheck({ ...UNASKED, own: ["2001:db8::1"] }), "skip", "no server to try it by", null],
  [addressCheck(silent("silent")), "warn", "nothing comes back over it", "UDP"],
  [mappingCheck(answered(HOME)), "ok", "The router shows one port to everybody", null],
  [mappingCheck(answered(HARD)), "warn", "another port to everybody, by chance", "IPv6"],
  [mappingCheck(NEARBY), "skip", "the server is on this network", null],
  [mappingCheck(silent("answers")), "skip", "not known without an answer", null],
  [filteringCheck(answered(HOME)), "ok", "only answers get in", null],
  [filteringCheck(answered({ ...HOME, poisons: true })), "warn", "turned away", "map a port"],
  [filteringCheck(answered({ ...HOME, filtering: "unknown" })), "skip", "second port", null],
  [
    filteringCheck(
      answered({
        ...HOME,
        filtering: "address-dependent",
        compared: { ports: true, addresses: false },
      }),
    ),
    "ok",
    "and perhaps others",
    null,
  ],
  [hairpinCheck(answered({ ...HOME, hairpin: true })), "ok", "can meet by its outer", null],
  [hairpinCheck(answered({ ...HOME, hairpin: false })), "ok", "inner addresses alone", null],
  [lifetimeCheck(answered(HOME)), "ok", "outlives 2 s of silence", null],
  [
    lifetimeCheck(answered(HOME, { lifetime: { atLeastMs: 0, belowMs: 2000 } })),
    "fail",
    "gone after 2 s",
    "raise the UDP timeout",
  ],
  [
    lifetimeCheck(
      answered({ ...HARD, addresses: "several" }, { lifetime: { atLeastMs: 0, belowMs: 2000 } }),
    ),
    "skip",
    "another address",
    null,
  ],
  [portMapCheck({ routers: 1, granted: GRANTED }, answered(HOME)), "ok", "by PCP", null],
  [portMapCheck({ routers: 1, granted: undefined }, answered(HOME)), "ok", "without", null],
  [portMapCheck({ routers: 1, granted: undefined }, answered(HARD)), "warn", "not answer", "UPnP"],
  [portMapCheck(undefined, answered(HARD)), "skip", "not asked", null],
  [portMapCheck({ routers: 1, granted: undefined }, silent("answers")), "skip", "PCP", null],
  [portMapCheck({ routers: 0, granted: undefined }, UNASKED), "skip", "no router", null],
  [
    lanCheck({ ...NO_LAN, heard: ["eth0", "eth0"], clients: 2 }),
    "ok",
    "works on eth0; 2 clients and no servers",
    null,
  ],
  [lanCheck({ ...NO_LAN, deaf: ["eth0"] }), "fail", "does not come back on eth0", "5353"],
  [lanCheck({ ...NO_LAN, heard: ["eth0"], deaf: ["wlan0"] }), "warn", "not on wlan0", "5353"],
  [lanCheck(NO_LAN), "skip", "no interface has multicast", null],
  [firewallCheck({ by: "ufw", isClosed: true, obstacle: "" }), "warn", "ufw drops", "5353"],
  [firewallCheck({ by: "nftables", isClosed: false, obstacle: "" }), "ok", "lets in", null],
  [firewallCheck({ by: "none", isClosed: false, obstacle: "" }), "ok", "no rules", null],
  [firewallCheck({ by: undefined, isClosed: false, obstacle: "only root" }), "skip", "only", null],
])("what a doctor makes of what it found: %#", ({ state, text, fix }, meant, words, remedy) => {
  expect(state).toBe(meant);
  expect(text).toContain(words);
  if (remedy === null) expect(fix).toBeNull();
  else expect(fix).toContain(remedy);
});

test("UDP is called blocked only where the server's machine answers otherwise", () => {
  expect(
    [silent("answers"), silent("silent"), silent("answers", "refused")].map(isBlocked),
  ).toEqual([true, false, false]);
  expect(reportOf(silent("answers"))?.isBlocked).toBe(true);
  expect(reportOf(silent("silent"))).toBeUndefined();
});

test("of one's own addresses those count that lead beyond the own network", () => {
  const all = ["127.0.0.1", "192.168.1.5", "203.0.113.7"].map((ip) => address(`${ip}:1`));
  const six = ["::1", "fe80::1", "fd00::1", "2001:db8::1"].map((ip) => address(`[${ip}]:1`));

  expect(outwardHosts("IPv4", [...all, ...six])).toEqual(["192.168.1.5", "203.0.113.7"]);
  expect(outwardHosts("IPv6", [...all, ...six])).toEqual(["2001:db8::1"]);
});
