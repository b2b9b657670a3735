import { expect, test } from "bun:test";
import { parseIp } from "../../lib/base/address.ts";
import { lanPlaces, placeKey } from "../../lib/io/lanplaces.ts";
import type { Interface } from "../../lib/node/machine.ts";

const LO = [on("lo", "127.0.0.1/8"), on("lo", "::1/128")];
const WIRED = [
  on("eth0", "192.168.1.2/24"),
  on("eth0", "fe80::1/64"),
  on("eth0", "2001:db8::2/64"),
];
const WIRELESS = [on("wlan0", "10.0.0.2/8"), on("wlan0", "10.0.0.3/8")];

test("each interface is a place in each family it has, IPv6 by its link-local address", () => {
  expect(shown([...LO, ...WIRED, ...WIRELESS])).toEqual([
    "4 eth0 192.168.1.2",
    "6 eth0 fe80::1",
    "4 wlan0 10.0.0.2",
  ]);
});

test("loopback counts where there is nothing else", () => {
  expect(shown(LO)).toEqual(["4 lo 127.0.0.1"]);
  expect(shown([])).toEqual([]);
});

test("an interface without a link-local address has no place in IPv6", () => {
  expect(shown([...LO, on("eth0", "2001:db8::2/64")])).toEqual([]);
});

const HOSTS: readonly (readonly [string, readonly string[]])[] = [
  ["::", ["4 eth0 192.168.1.2", "6 eth0 fe80::1", "4 wlan0 10.0.0.2"]],
  ["0.0.0.0", ["4 eth0 192.168.1.2", "4 wlan0 10.0.0.2"]],
  ["10.0.0.3", ["4 wlan0 10.0.0.3"]],
  ["fe80::1%eth0", ["6 eth0 fe80::1"]],
  ["2001:db8::2", []],
  ["127.0.0.1", []],
  ["10.0.0.4", []],
];

test.each(HOSTS)("who listens at %s is announced at %p", (host, places) => {
  expect(shown([...LO, ...WIRED, ...WIRELESS], host)).toEqual([...places]);
});

test("a machine of a thousand interfaces is announced on 32 of them", () => {
  const many = Array.from({ length: 1000 }, (_, i) =>
    on(`veth${i}`, `10.0.${i >> 8}.${i & 255}/31`),
  );

  expect(lanPlaces(many, undefined)).toHaveLength(32);
});

test("a place is another one when its addresses change, in whatever order they are told", () => {
  const [before] = lanPlaces(WIRELESS, undefined).map(placeKey);
  const [turned] = lanPlaces(WIRELESS.toReversed(), undefined).map(placeKey);
  const [after] = lanPlaces([on("wlan0", "10.0.0.2/16")], undefined).map(placeKey);

  expect(turned).toBe(before ?? "");
  expect(after).not.toBe(before ?? "");
});

function shown(interfaces: readonly Interface[], host?: string): string[] {
  return lanPlaces(interfaces, host).map(({ family, name, ip }) => `${family} ${name} ${ip}`);
}

function on(name: string, cidr: string): Interface {
  const [text = "", bits] = cidr.split("/");
  return { name, ip: parseIp(text) ?? new Uint8Array(0), prefixBits: Number(bits) };
}
