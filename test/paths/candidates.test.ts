import { expect, test } from "bun:test";
import { type Address, parseAddress, parseIp, viaAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { PeerId } from "../../lib/base/ids.ts";
import {
  type Host,
  hostCandidates,
  localAddress,
  pathKind,
  type Vantage,
  worthTrying,
} from "../../lib/paths/candidates.ts";

const HOME = host("192.168.1.5", 24);
const OFFICE = host("10.1.2.3", 16);
const OPEN = host("198.51.100.7", 24);
const OPEN6 = host("2001:db8:1::7", 64);
const LOOP = host("127.0.0.1", 8);
const LOOP6 = host("::1", 128);
const LINK = host("169.254.7.7", 16);
const LINK6 = host("fe80::7", 64);

const atHome: Vantage = {
  hosts: [LOOP, LOOP6, HOME, LINK6],
  observed: [at("203.0.113.4:5000")],
  introducer: at("203.0.113.1:3478"),
};
const inTheOpen: Vantage = {
  hosts: [LOOP, OPEN, OPEN6],
  observed: [at("198.51.100.7:4000")],
  introducer: at("203.0.113.1:3478"),
};
const onThisMachine: Vantage = {
  hosts: [LOOP, LOOP6, HOME],
  observed: [at("127.0.0.1:4000")],
  introducer: at("127.0.0.1:3478"),
};
const byALocalServer: Vantage = {
  hosts: [LOOP, OFFICE],
  observed: [at("10.1.2.3:4000")],
  introducer: at("10.9.9.9:3478"),
};
const unknown: Vantage = { hosts: [], observed: [], introducer: undefined };

test("of many public addresses in one network one is announced, and all others are", () => {
  const temporary = host("2001:db8:1::aaaa", 64);
  const elsewhere = host("2001:db8:2::7", 64);
  const vantage = { ...inTheOpen, hosts: [LOOP, HOME, OPEN6, temporary, elsewhere, OPEN] };

  expect(hostCandidates(vantage, 4000)).toEqual([
    at("192.168.1.5:4000"),
    at("[2001:db8:1::7]:4000"),
    at("[2001:db8:2::7]:4000"),
    at("198.51.100.7:4000"),
  ]);
});

test("who is behind one NAT is known by either family of addresses", () => {
  const vantage = { ...inTheOpen, observed: [at("[2001:db8:1::7]:4000"), at("203.0.113.4:5000")] };

  expect(worthTrying(vantage, [at("203.0.113.4:6000"), at("192.168.9.9:4000")])).toContain(
    at("192.168.9.9:4000"),
  );
});

test.each<[string, Vantage, string, boolean]>([
  ["a public address from home", atHome, "192.0.2.9:4000", true],
  ["a public IPv6 address without IPv6", atHome, "[2001:db8:9::9]:4000", false],
  ["a public IPv6 address with it", inTheOpen, "[2001:db8:9::9]:4000", true],
  ["a public IPv6 address before one knows", unknown, "[2001:db8:9::9]:4000", true],
  ["the same home", atHome, "192.168.1.9:4000", true],
  ["another home", atHome, "192.168.2.9:4000", false],
  ["somebody's office", atHome, "10.1.2.9:4000", false],
  ["a private address from the open", inTheOpen, "192.168.1.9:4000", false],
  ["carrier-grade NAT from home", atHome, "100.64.3.3:4000", false],
  ["a private address by a local server", byALocalServer, "10.200.0.9:4000", true],
  ["unique local IPv6 from home", atHome, "[fd00::9]:4000", false],
  ["link-local without such a network", atHome, "169.254.1.1:4000", false],
  ["link-local within one", { ...atHome, hosts: [LINK] }, "169.254.1.1:4000", true],
  ["loopback from home", atHome, "127.0.0.1:4000", false],
  ["loopback by a server on this machine", onThisMachine, "127.0.0.1:4000", true],
  ["IPv6 loopback from home", atHome, "[::1]:4000", false],
  ["IPv6 loopback by a server here", onThisMachine, "[::1]:4000", true],
  ["multicast", atHome, "224.0.0.251:5353", false],
  ["multicast by a server on this machine", onThisMachine, "239.1.2.3:4000", false],
  ["IPv6 multicast", inTheOpen, "[ff02::fb]:5353", false],
  ["broadcast", atHome, "255.255.255.255:4000", false],
  ["broadcast by a local server", byALocalServer, "255.255.255.255:4000", false],
  ["the broadcast of the home", atHome, "192.168.1.255:4000", false],
  ["the name of the home's network", atHome, "192.168.1.0:4000", false],
  ["the broadcast of the office", byALocalServer, "10.1.255.255:4000", false],
  ["what would be a broadcast elsewhere", byALocalServer, "10.1.2.255:4000", true],
  ["the broadcast of a public network", inTheOpen, "198.51.100.255:4000", false],
  [
    "the other end of a network of two",
    { ...atHome, hosts: [host("10.0.0.0", 31)] },
    "10.0.0.1:4000",
    true,
  ],
  ["no address", atHome, "0.0.0.0:4000", false],
  ["no address of IPv6", inTheOpen, "[::]:4000", false],
  ["what is reserved", atHome, "240.0.0.1:4000", false],
])("%s is worth trying, or not", (_, vantage, theirs, isWorth) => {
  expect(worthTrying(vantage, [at(theirs)])).toEqual(isWorth ? [at(theirs)] : []);
});

test("behind one public address private ones are tried, whatever their network", () => {
  const theirs = [at("203.0.113.4:6000"), at("10.8.0.2:4000")];

  expect(worthTrying(atHome, theirs)).toEqual([at("10.8.0.2:4000"), at("203.0.113.4:6000")]);
});

test("who is introduced by somebody beyond a carrier is tried where he can be from here", () => {
  const [ann, bob] = ["a", "b"].map((digit) => digit.repeat(64) as PeerId);
  assert(ann !== undefined && bob !== undefined, "there are two");
  const theirs = [at("192.168.1.9:4000"), at("10.8.0.2:4000"), at("203.0.113.9:4000")];

  const tried = worthTrying({ ...atHome, introducer: viaAddress(ann, bob) }, theirs);

  expect(tried).toEqual([at("192.168.1.9:4000"), at("203.0.113.9:4000")]);
});

test("the nearest come first, none twice, and no more than eight", () => {
  const theirs = Array.from({ length: 12 }, (_, i) => at(`192.0.2.${i + 1}:4000`));
  const near = at("192.168.1.9:4000");

  const chosen = worthTrying(atHome, [...theirs, theirs[0] ?? near, near]);

  expect(chosen).toHaveLength(8);
  expect(chosen[0]).toBe(near);
  expect(new Set(chosen).size).toBe(8);
});

test("a client announces what it can be reached at from where its server is", () => {
  const everything = { ...atHome, hosts: [LOOP, LOOP6, HOME, OFFICE, OPEN6, LINK, LINK6] };
  const here = { ...everything, introducer: at("127.0.0.1:3478") };

  const away = ["192.168.1.5", "10.1.2.3", "[2001:db8:1::7]", "169.254.7.7"].map((ip) =>
    at(`${ip}:4000`),
  );
  expect(hostCandidates(everything, 4000)).toEqual(away);
  expect(hostCandidates(here, 4000)).toEqual([...away, at("127.0.0.1:4000"), at("[::1]:4000")]);
});

test("by a local server clients announce link-local IPv6, and try it on each link", () => {
  const eth0 = { ...LINK6, name: "eth0" };
  const wlan0 = { ...host("fe80::8", 64), name: "wlan0" };
  const tun0 = { ...host("fe80::9", 64), name: "tun0" };
  const hosts = [HOME, eth0, wlan0, tun0];
  const near = { ...atHome, hosts, introducer: at("192.168.1.1:3478") };
  const byLink = at("[fe80::1%wlan0]:3478");
  const theirs = at("[fe80::77]:4000");

  expect(hostCandidates(near, 4000)).toContain(at("[fe80::7]:4000"));
  expect(worthTrying(near, [theirs])).toEqual([
    at("[fe80::77%eth0]:4000"),
    at("[fe80::77%wlan0]:4000"),
  ]);
  expect(worthTrying({ ...near, introducer: byLink }, [theirs])).toEqual([
    at("[fe80::77%wlan0]:4000"),
  ]);
  expect(worthTrying({ ...atHome, hosts }, [theirs])).toEqual([]);
});

test("a client with many addresses announces eight", () => {
  const hosts = Array.from({ length: 20 }, (_, i) => host(`10.0.${i}.1`, 24));

  expect(hostCandidates({ ...atHome, hosts }, 4000)).toHaveLength(8);
});

test("where routers map the port comes first among the public addresses", () => {
  const hosts = [HOME, OPEN6, LINK];
  const mapped = at("203.0.113.4:40001");

  expect(hostCandidates({ ...atHome, hosts }, 4000, [mapped])).toEqual([
    at("192.168.1.5:4000"),
    mapped,
    at("[2001:db8:1::7]:4000"),
    at("169.254.7.7:4000"),
  ]);
});

test("where routers map the port is announced however many addresses there are", () => {
  const hosts = Array.from({ length: 20 }, (_, i) => host(`10.0.${i}.1`, 24));
  const mapped = [at("203.0.113.4:40001"), at("100.64.0.9:40000")];

  const announced = hostCandidates({ ...atHome, hosts }, 4000, mapped);

  expect(announced).toHaveLength(8);
  expect(announced.slice(-2)).toEqual(mapped);
});

test.each([
  ["192.168.1.9:4000", "lan"],
  ["10.0.0.9:4000", "lan"],
  ["127.0.0.1:4000", "lan"],
  ["198.51.100.9:4000", "lan"],
  ["203.0.113.9:4000", "direct"],
  ["[2001:db8:1::9]:4000", "lan"],
  ["[2001:db8:2::9]:4000", "direct"],
] as const)("a path to %s is %s", (remote, kind) => {
  expect(pathKind(inTheOpen.hosts, at(remote))).toBe(kind);
});

test.each([
  ["192.168.1.9:4000", "192.168.1.5:4000"],
  ["203.0.113.9:4000", "192.168.1.5:4000"],
  ["127.0.0.1:4000", "127.0.0.1:4000"],
  ["[::1]:4000", "[::1]:4000"],
])("packets to %s leave from %s", (remote, local) => {
  expect(localAddress(atHome.hosts, 4000, at(remote))).toBe(at(local));
});

test("where packets leave from is unknown without a port or a network", () => {
  expect(localAddress(atHome.hosts, 0, at("203.0.113.9:4000"))).toBeUndefined();
  expect(localAddress([], 4000, at("203.0.113.9:4000"))).toBeUndefined();
});

function at(text: string): Address {
  const address = parseAddress(text);
  assert(address !== undefined, "a test's addresses are addresses");
  return address;
}

function host(text: string, prefixBits: number): Host {
  const ip = parseIp(text);
  assert(ip !== undefined, "a test's addresses are addresses");
  return { ip, prefixBits };
}
