import { expect, test } from "bun:test";
import { parseIp } from "../../../lib/base/address.ts";
import { NO_BYTES } from "../../../lib/base/bytes.ts";
import {
  externalAddress,
  type Gateway,
  GATEWAYS_MAX,
  gatewaysOf,
  isOnLink,
  parseRoutes,
  routerAddress,
} from "../../../lib/io/portmap/gateways.ts";

const HEAD =
  "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT      \n";
const HOME: Gateway = {
  interfaceName: "eth0",
  ownIp: ip("192.168.1.10"),
  prefixBits: 24,
  ip: ip("192.168.1.1"),
};

test("default routes are read, the most preferred first", () => {
  const text =
    HEAD +
    "wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0   \n" +
    "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0   \n" +
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0   \n";

  expect(parseRoutes(text)).toEqual([
    { interfaceName: "eth0", gateway: ip("192.168.1.1") },
    { interfaceName: "wlan0", gateway: ip("192.168.2.1") },
  ]);
});

test("routes that are down, lead nowhere or make no sense are left out", () => {
  const lines = [
    "eth0\t00000000\t0101A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0",
    "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t00000000\t0101A8\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t00000000\t0101A8CX\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t00000000",
    "",
  ];

  expect(parseRoutes(HEAD + lines.join("\n"))).toEqual([]);
  expect(parseRoutes("")).toEqual([]);
});

test("each interface with a gateway counts once, with its address in the gateway's network", () => {
  const text =
    HEAD +
    "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" +
    "eth0\t00000000\t0201A8C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n" +
    "gone0\t00000000\t0105A8C0\t0003\t0\t0\t300\t00000000\t0\t0\t0\n";
  const interfaces = [
    { name: "eth0", ip: ip("fe80::10"), prefixBits: 64 },
    { name: "eth0", ip: ip("10.0.0.5"), prefixBits: 8 },
    { name: "eth0", ip: ip("192.168.1.10"), prefixBits: 24 },
    { name: "lan0", ip: ip("192.168.7.10"), prefixBits: 24 },
  ];

  expect(gatewaysOf({ v4: text, v6: undefined }, interfaces)).toEqual([HOME]);
});

test("a router of IPv6 counts with the first public address that it guards", () => {
  const line = (bits: string, flags: string, name: string, metric = "00000400"): string =>
    `${"0".repeat(32)} ${bits} ${"0".repeat(32)} 00 fe80${"0".repeat(24)}00b1 ${metric} ` +
    `00000001 00000000 ${flags} ${name}\n`;
  const v6 =
    line("40", "00000003", "eth0") +
    line("00", "00000001", "eth0") +
    line("00", "00000003", "eth1") +
    line("00", "00000003", "eth0", "00000100") +
    "nonsense\n";
  const interfaces = [
    { name: "eth0", ip: ip("192.168.1.10"), prefixBits: 24 },
    { name: "eth0", ip: ip("fe80::10"), prefixBits: 64 },
    { name: "eth0", ip: ip("fd00::10"), prefixBits: 64 },
    { name: "eth0", ip: ip("2001:db8:1::10"), prefixBits: 64 },
    { name: "eth0", ip: ip("2001:db8:1::11"), prefixBits: 64 },
  ];

  const [gateway, ...others] = gatewaysOf({ v4: HEAD, v6 }, interfaces);

  expect(gateway).toEqual({
    interfaceName: "eth0",
    ownIp: ip("2001:db8:1::10"),
    prefixBits: 64,
    ip: ip("fe80::b1"),
  });
  expect(others).toEqual([]);
  const address = gateway && routerAddress(gateway, 5351);
  expect(String(address)).toBe("[fe80::b1%eth0]:5351");
});

test("where there is no table, each private address stands for a network", () => {
  const interfaces = [
    { name: "lo0", ip: ip("127.0.0.1"), prefixBits: 8 },
    { name: "en0", ip: ip("192.168.1.10"), prefixBits: 24 },
    { name: "en0", ip: ip("fd00::10"), prefixBits: 64 },
    { name: "ppp0", ip: ip("93.184.216.34"), prefixBits: 32 },
  ];

  expect(gatewaysOf({ v4: undefined, v6: undefined }, interfaces)).toEqual([
    { interfaceName: "en0", ownIp: ip("192.168.1.10"), prefixBits: 24, ip: undefined },
  ]);
});

test("no more routers are asked than a machine may have", () => {
  const interfaces = Array.from({ length: 9 }, (_, i) => ({
    name: `en${i}`,
    ip: Uint8Array.of(192, 168, i, 10),
    prefixBits: 24,
  }));

  expect(gatewaysOf({ v4: undefined, v6: undefined }, interfaces)).toHaveLength(GATEWAYS_MAX);
});

test("the local network is the one of this machine's address, without itself", () => {
  expect(isOnLink(HOME, ip("192.168.1.254"))).toBe(true);
  expect(isOnLink(HOME, ip("192.168.1.10"))).toBe(false);
  expect(isOnLink(HOME, ip("192.168.2.1"))).toBe(false);
  expect(isOnLink(HOME, ip("fe80::1"))).toBe(false);
});

test("an external address counts when somebody can be reached at it, private ones too", () => {
  expect(String(externalAddress(ip("93.184.216.34"), 4000))).toBe("93.184.216.34:4000");
  expect(String(externalAddress(ip("100.64.0.7"), 4000))).toBe("100.64.0.7:4000");
  expect(String(externalAddress(ip("10.0.0.7"), 4000))).toBe("10.0.0.7:4000");
});

test("an address of nobody is no external address", () => {
  for (const text of ["0.0.0.0", "127.0.0.1", "169.254.1.1", "224.0.0.1", "255.255.255.255"]) {
    expect(externalAddress(ip(text), 4000)).toBeUndefined();
  }
  expect(externalAddress(ip("93.184.216.34"), 0)).toBeUndefined();
});

function ip(text: string): Uint8Array {
  return parseIp(text) ?? NO_BYTES;
}
