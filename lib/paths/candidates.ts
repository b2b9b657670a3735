import {
  type Address,
  addressParts,
  addressScope,
  formatAddress,
  isIpv6,
  viaParts,
  hostOf,
} from "../base/address.ts";
import { equalBytes, Reader } from "../base/bytes.ts";
import { CANDIDATES_MAX } from "../wire/limits.ts";
import type { PathKind } from "./pathset.ts";

/** One address of this machine and how many of its bits name the network. */
export interface Host {
  readonly ip: Uint8Array;
  readonly prefixBits: number;
  /** The interface's, where it is known: the zone of link-local IPv6 addresses that it leads to. */
  readonly name?: string;
}

/** Interfaces on which a link-local IPv6 address is tried: it does not say which is meant. */
const LINKS_MAX = 2;

/** Where this node stands: what decides which addresses are worth a datagram. */
export interface Vantage {
  readonly hosts: readonly Host[];
  /** This node's addresses as the introducer sees them, one of a family. */
  readonly observed: readonly Address[];
  /** The address at which this node reached the introducer. */
  readonly introducer: Address | undefined;
}

/**
 * What this node can be reached at from nearby, for its registration (RFC 8445 §5.1.1.1); over
 * loopback too where the introducer is on this machine, and at link-local IPv6 addresses, which may
 * name the hardware, where it is on a local network. Where routers map its port goes before its
 * own public addresses, and is never what there is no room for.
 */
export function hostCandidates(
  vantage: Vantage,
  port: number,
  mapped: readonly Address[] = [],
): Address[] {
  const isLocal = scopeOf(vantage.introducer) === "loopback";
  const addresses: Address[] = [];
  const loopback: Address[] = [];
  const publics: Host[] = [];
  for (const host of vantage.hosts) {
    const address = addressAt(host, port);
    const scope = addressScope(address);
    if (scope === "unusable") continue;
    if (scope === "link-local" && host.ip.length === 16 && !isByNeighbour(vantage)) continue;
    if (scope === "loopback" && isLocal) loopback.push(address);
    // Of the many that a network gives out, one is enough: the introducer tells which is in use.
    const isMore = scope === "public" && publics.some((other) => isOneNetwork(other, host));
    if (scope === "loopback" || isMore) continue;
    if (scope === "public") publics.push(host);
    addresses.push(address);
  }
  const places = Math.max(0, CANDIDATES_MAX - loopback.length);
  const firstPublic = addresses.findIndex((it) => addressScope(it) === "public");
  const end = firstPublic === -1 ? addresses.length : firstPublic;
  const place = Math.max(0, Math.min(end, places - mapped.length));
  const all = new Set(addresses.toSpliced(place, 0, ...mapped));
  return [...[...all].slice(0, places), ...loopback].slice(0, CANDIDATES_MAX);
}

/**
 * The candidates of another node that this one may try, the nearest first. Private addresses only
 * where both share a prefix, a public address or a private introducer; loopback only where the
 * introducer was reached over it; broadcast and multicast never.
 */
export function worthTrying(vantage: Vantage, theirs: readonly Address[]): Address[] {
  const introducer = scopeOf(vantage.introducer);
  const behindOneNat = theirs.some((address) => sharesIp(address, vantage.observed));
  const chosen = theirs.filter((address) => {
    if (isBroadcast(vantage.hosts, address)) return false;
    const scope = addressScope(address);
    switch (scope) {
      case "unusable":
        return false;
      case "loopback":
        return introducer === "loopback";
      case "link-local":
        // Every network has the same prefix of them in IPv6.
        if (isIpv6(address)) return isByNeighbour(vantage);
        return behindOneNat || isByNeighbour(vantage) || isOnLink(vantage.hosts, address);
      case "private":
        return behindOneNat || isByNeighbour(vantage) || isOnLink(vantage.hosts, address);
      case "public":
        return hasFamily(vantage.hosts, address);
      default:
        return scope satisfies never;
    }
  });
  const isNear = (address: Address) => pathKind(vantage.hosts, address) === "lan";
  const sorted = [...chosen.filter(isNear), ...chosen.filter((address) => !isNear(address))];
  const zoned = sorted.flatMap((address) => withZones(vantage, address));
  return [...new Set(zoned)].slice(0, CANDIDATES_MAX);
}

/** The introducer was reached without leaving the private network. */
function isByNeighbour({ introducer }: Vantage): boolean {
  const scope = scopeOf(introducer);
  return scope === "private" || scope === "link-local";
}

/** A link-local IPv6 address by the interface on which it can be; any other as it is. */
function withZones({ hosts, introducer }: Vantage, address: Address): Address[] {
  if (!isIpv6(address) || addressScope(address) !== "link-local") return [address];
  const { ip, port } = addressParts(address);
  const links = hosts.filter((host) => host.ip.length === 16 && isLinkLocal(host));
  const zone = introducer && isIpv6(introducer) ? addressParts(introducer).zone : undefined;
  const zones = zone === undefined ? links.map(({ name }) => name) : [zone];
  return zones.slice(0, LINKS_MAX).map((one) => formatAddress({ ip, port, zone: one }));
}

function isLinkLocal(host: Host): boolean {
  return addressScope(addressAt(host, 1)) === "link-local";
}

/** Whether another node has a second place at its public address: a router maps its port. */
export function announcesMapping(theirs: readonly Address[]): boolean {
  const hosts = theirs.filter((it) => !isIpv6(it) && addressScope(it) === "public").map(hostOf);
  return hosts.length > new Set(hosts).size;
}

/** The one family of another node's public addresses, where this one has no address of it. */
export function lackedFamily(
  hosts: readonly Host[],
  theirs: readonly Address[],
): "IPv4" | "IPv6" | undefined {
  const publics = theirs.filter((address) => addressScope(address) === "public");
  const [first] = publics;
  const canSend = (address: Address): boolean =>
    hasFamily(hosts, address) && (isIpv6(address) || hasIpv4(hosts));
  if (first === undefined || publics.some(canSend)) return undefined;
  return isIpv6(first) ? "IPv6" : "IPv4";
}

/** Whether somebody announced on a network that this machine is in can be there. */
export function isNeighbour(hosts: readonly Host[], address: Address): boolean {
  if (addressScope(address) === "unusable" || isBroadcast(hosts, address)) return false;
  return isOnLink(hosts, address);
}

/** `lan` for what is reached without leaving the private network one is in. */
export function pathKind(hosts: readonly Host[], remote: Address): PathKind {
  if (viaParts(remote) !== undefined) return "relay";
  if (addressScope(remote) !== "public") return "lan";
  return isOnLink(hosts, remote) ? "lan" : "direct";
}

/**
 * Where packets to `remote` leave from, as far as the networks of the interfaces tell: the address
 * in its network, else the first one of its family that leads out.
 */
export function localAddress(
  hosts: readonly Host[],
  port: number,
  remote: Address,
): Address | undefined {
  const { ip } = addressParts(remote);
  const family = hosts.filter((host) => host.ip.length === ip.length);
  const isLoopback = addressScope(remote) === "loopback";
  const host =
    family.find((own) => sharedBits(own.ip, ip) >= own.prefixBits) ??
    family.find((own) => (scopeOf(addressAt(own, 1)) === "loopback") === isLoopback);
  return host === undefined || port === 0 ? undefined : addressAt(host, port);
}

/** Whether an interface of this machine is in the network of the address. */
function isOnLink(hosts: readonly Host[], address: Address): boolean {
  const { ip } = addressParts(address);
  return hosts.some((host) => {
    return host.ip.length === ip.length && sharedBits(host.ip, ip) >= host.prefixBits;
  });
}

/** All hosts of a network that this machine is in, or its name, which some take for the same. */
function isBroadcast(hosts: readonly Host[], address: Address): boolean {
  const { ip } = addressParts(address);
  if (ip.length !== 4) return false;
  const bits = new Reader(ip).u32();
  return hosts.some((host) => {
    // RFC 3021: a network of two has no broadcast.
    if (host.ip.length !== 4 || host.prefixBits > 30) return false;
    if (sharedBits(host.ip, ip) < host.prefixBits) return false;
    const hostBits = bits % 2 ** (32 - host.prefixBits);
    return hostBits === 0 || hostBits === 2 ** (32 - host.prefixBits) - 1;
  });
}

function sharesIp(address: Address, others: readonly Address[]): boolean {
  const { ip } = addressParts(address);
  return others.some((other) => equalBytes(ip, addressParts(other).ip));
}

function isOneNetwork(a: Host, b: Host): boolean {
  return a.ip.length === b.ip.length && sharedBits(a.ip, b.ip) >= a.prefixBits;
}

/** Before any interface is known every family is assumed. */
function hasFamily(hosts: readonly Host[], address: Address): boolean {
  const { length } = addressParts(address).ip;
  return length === 4 || hosts.length === 0 || hosts.some((host) => isGlobal(host, length));
}

function hasIpv4(hosts: readonly Host[]): boolean {
  if (hosts.length === 0) return true;
  return hosts.some((host) => host.ip.length === 4 && scopeOf(addressAt(host, 1)) !== "loopback");
}

function isGlobal(host: Host, length: number): boolean {
  if (host.ip.length !== length) return false;
  return addressScope(addressAt(host, 1)) === "public";
}

function addressAt({ ip }: Host, port: number): Address {
  return formatAddress({ ip, port, zone: undefined });
}

/** A place beyond a carrier is in none. */
function scopeOf(address: Address | undefined) {
  const isPlain = address !== undefined && viaParts(address) === undefined;
  return isPlain ? addressScope(address) : undefined;
}

function sharedBits(a: Uint8Array, b: Uint8Array): number {
  for (const [i, byte] of a.entries()) {
    const difference = byte ^ (b[i] ?? 0);
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24;
  }
  return 8 * a.length;
}
