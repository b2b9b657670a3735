import { closeSync, openSync, readSync } from "node:fs";
import { type Address, addressOf, addressScope, formatIp } from "../../base/address.ts";
import { fromHex } from "../../base/bytes.ts";
import type { Interface } from "../../node/machine.ts";

/** A router of this machine, and the address of this machine that it sees, of one family. */
export interface Gateway {
  readonly interfaceName: string;
  /** Of this machine, 4 bytes; 16 where the router guards IPv6 addresses instead of mapping. */
  readonly ownIp: Uint8Array;
  readonly prefixBits: number;
  /** Of the router; undefined where the system does not tell. */
  readonly ip: Uint8Array | undefined;
}

export interface Route {
  readonly interfaceName: string;
  readonly gateway: Uint8Array;
}

/** Linux's tables of routes, undefined where there are none. */
export interface RouteTables {
  readonly v4: string | undefined;
  readonly v6: string | undefined;
}

/** Routers that are asked; a machine has one, or a second over the other cable. */
export const GATEWAYS_MAX = 4;

/** Some 500 routes. */
const ROUTES_BYTES_MAX = 65_536;

const ROUTE_IS_UP = 1;
const ROUTE_HAS_GATEWAY = 2;

/** The routers of this machine, as far as the system tells. */
export function readGateways(interfaces: readonly Interface[]): Gateway[] {
  const tables = { v4: readTable("/proc/net/route"), v6: readTable("/proc/net/ipv6_route") };
  return gatewaysOf(tables, interfaces);
}

/**
 * The routers of all interfaces. Without a table each private address stands for a network whose
 * router is yet to be found.
 */
export function gatewaysOf({ v4, v6 }: RouteTables, interfaces: readonly Interface[]): Gateway[] {
  const mapping =
    v4 === undefined ? unknownGateways(interfaces) : known(parseRoutes(v4), interfaces);
  const guarding = known(parseRoutes6(v6 ?? ""), interfaces);
  return [...mapping, ...guarding].slice(0, GATEWAYS_MAX);
}

/** Equal for equal lists. */
export function gatewayKey({ interfaceName, ownIp, ip }: Gateway): string {
  return `${interfaceName} ${formatIp(ownIp)} ${ip === undefined ? "" : formatIp(ip)}`;
}

/** Whether the address is in the network of this machine's own, and not this machine's. */
export function isOnLink({ ownIp, prefixBits }: Gateway, ip: Uint8Array): boolean {
  if (ip.length !== 4) return false;
  const [own, other] = [number(ownIp), number(ip)];
  const size = 2 ** (32 - prefixBits);
  return own !== other && Math.floor(own / size) === Math.floor(other / size);
}

/** The default routes of `/proc/net/route`, the most preferred first. */
export function parseRoutes(text: string): Route[] {
  const rows = text.split("\n").map((line) => line.split(/\s+/));
  const routes = rows.map(([interfaceName, destination, gateway = "", flags, , , metric, mask]) => {
    const isDefault = destination === "00000000" && mask === "00000000";
    // The kernel writes a number of the machine's own order: the other one has no Bun.
    const ip = fromHex(gateway)?.toReversed();
    return isDefault && ip?.length === 4 && isOpen(flags)
      ? { interfaceName, gateway: ip, metric: Number(metric) }
      : undefined;
  });
  return sorted(routes);
}

/** The default routes of `/proc/net/ipv6_route`, the most preferred first. */
export function parseRoutes6(text: string): Route[] {
  const rows = text.split("\n").map((line) => line.trim().split(/\s+/));
  const routes = rows.map(
    ([destination, bits, , , gateway = "", metric = "", , , flags, interfaceName]) => {
      const isDefault = destination === "0".repeat(32) && bits === "00";
      const ip = fromHex(gateway);
      return isDefault && ip?.length === 16 && isOpen(flags)
        ? { interfaceName, gateway: ip, metric: Number.parseInt(metric, 16) }
        : undefined;
    },
  );
  return sorted(routes);
}

function isOpen(flags = ""): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & ROUTE_IS_UP) !== 0 && (bits & ROUTE_HAS_GATEWAY) !== 0;
}

interface RouteRow {
  readonly interfaceName: string | undefined;
  readonly gateway: Uint8Array;
  readonly metric: number;
}

function sorted(rows: readonly (RouteRow | undefined)[]): Route[] {
  return rows
    .filter((row) => row !== undefined)
    .toSorted((a, b) => a.metric - b.metric)
    .map(({ interfaceName = "", gateway }) => ({ interfaceName, gateway }));
}

/** One for each interface: of several addresses the one in the router's network. */
function known(routes: readonly Route[], interfaces: readonly Interface[]): Gateway[] {
  const found = new Map<string, Gateway>();
  for (const { interfaceName, gateway } of routes) {
    if (found.has(interfaceName)) continue;
    const own = interfaces
      .filter(({ name, ip }) => name === interfaceName && isOfUse(ip, gateway))
      .map(({ ip, prefixBits }) => ({ interfaceName, ownIp: ip, prefixBits, ip: gateway }));
    const [first] = [...own.filter((it) => isOnLink(it, gateway)), ...own];
    if (first !== undefined) found.set(interfaceName, first);
  }
  return [...found.values()];
}

/** What a router of IPv6 guards is as it is outside, so only public addresses count. */
function isOfUse(ip: Uint8Array, gateway: Uint8Array): boolean {
  return ip.length === gateway.length && (ip.length === 4 || scopeOf(ip) === "public");
}

function unknownGateways(interfaces: readonly Interface[]): Gateway[] {
  return interfaces
    .filter(({ ip }) => ip.length === 4 && scopeOf(ip) === "private")
    .map(({ name, ip, prefixBits }) => ({
      interfaceName: name,
      ownIp: ip,
      prefixBits,
      ip: undefined,
    }));
}

function readTable(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const bytes = new Uint8Array(ROUTES_BYTES_MAX);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(fd, bytes, length, bytes.length - length, null);
    }
    return new TextDecoder().decode(bytes.subarray(0, length));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Where a router listens; a link-local one is known only together with the interface. */
export function routerAddress({ interfaceName, ip }: Gateway, port: number): Address | undefined {
  if (ip === undefined) return undefined;
  const host = formatIp(ip);
  return addressOf(`${host}%${interfaceName}`, port) ?? addressOf(host, port);
}

/**
 * Where a router says one is seen from outside: a private address too, as peers behind the same
 * carrier's router use it. Undefined for what nobody can be reached at.
 */
export function externalAddress(ip: Uint8Array, port: number): Address | undefined {
  const address = addressOf(formatIp(ip), port);
  if (address === undefined) return undefined;
  const scope = addressScope(address);
  return scope === "public" || scope === "private" ? address : undefined;
}

function scopeOf(ip: Uint8Array) {
  const address = addressOf(formatIp(ip), 1);
  return address && addressScope(address);
}

function number(ip: Uint8Array): number {
  return ip.reduce((sum, byte) => sum * 256 + byte, 0);
}
