import { closeSync, openSync, readSync } from "node:fs";
import { type Address, addressOf, addressScope, formatIp } from "../../base/address.ts";
import { fromHex } from "../../base/bytes.ts";
import type { Interface } from "../../node/machine.ts";

/** A router of this machine, and the address of this machine that it sees. */
export interface Gateway {
  readonly interfaceName: string;
  /** Of this machine, 4 bytes. */
  readonly ownIp: Uint8Array;
  readonly prefixBits: number;
  /** Of the router, 4 bytes; undefined where the system does not tell. */
  readonly ip: Uint8Array | undefined;
}

export interface Route {
  readonly interfaceName: string;
  readonly gateway: Uint8Array;
}

/** Routers that are asked; a machine has one, or a second over the other cable. */
export const GATEWAYS_MAX = 4;

/** Some 500 routes. */
const ROUTES_BYTES_MAX = 65_536;

const ROUTE_IS_UP = 1;
const ROUTE_HAS_GATEWAY = 2;

/** The routers of this machine, as far as the system tells. */
export function readGateways(interfaces: readonly Interface[]): Gateway[] {
  return gatewaysOf(readRoutes(), interfaces);
}

/**
 * The routers of all interfaces, by Linux's table of routes. Without one each private address
 * stands for a network whose router is yet to be found.
 */
export function gatewaysOf(table: string | undefined, interfaces: readonly Interface[]): Gateway[] {
  const found = table === undefined ? unknownGateways(interfaces) : known(table, interfaces);
  return found.slice(0, GATEWAYS_MAX);
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
  const routes: (Route & { readonly metric: number })[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [interfaceName = "", destination, gateway = "", flags = "", , , metric, mask] =
      line.split(/\s+/);
    if (destination !== "00000000" || mask !== "00000000") continue;
    const bits = Number.parseInt(flags, 16);
    const ip = fromHex(gateway);
    // The kernel writes a number of the machine's own order: the other one has no Bun.
    if (ip?.length !== 4 || (bits & ROUTE_IS_UP) === 0 || (bits & ROUTE_HAS_GATEWAY) === 0)
      continue;
    routes.push({ interfaceName, gateway: ip.toReversed(), metric: Number(metric) });
  }
  return routes
    .toSorted((a, b) => a.metric - b.metric)
    .map(({ interfaceName, gateway }) => ({ interfaceName, gateway }));
}

/** One for each interface: of several addresses the one in the router's network. */
function known(table: string, interfaces: readonly Interface[]): Gateway[] {
  const found = new Map<string, Gateway>();
  for (const { interfaceName, gateway } of parseRoutes(table)) {
    if (found.has(interfaceName)) continue;
    const own = interfaces
      .filter(({ name, ip }) => name === interfaceName && ip.length === 4)
      .map(({ ip, prefixBits }) => ({ interfaceName, ownIp: ip, prefixBits, ip: gateway }));
    const [first] = [...own.filter((it) => isOnLink(it, gateway)), ...own];
    if (first !== undefined) found.set(interfaceName, first);
  }
  return [...found.values()];
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

function readRoutes(): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync("/proc/net/route", "r");
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
