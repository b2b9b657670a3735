import { assert } from "./assert.ts";
import { toHex } from "./bytes.ts";
import { type PeerId, parsePeerId } from "./ids.ts";

declare const brand: unique symbol;

/**
 * A UDP endpoint in canonical text, `192.0.2.1:3478` or `[2001:db8::1]:3478`, with a zone for
 * link-local IPv6 (`[fe80::1%eth0]:9`). Equal endpoints are equal strings: v4-mapped IPv6 is
 * written as IPv4, IPv6 as in RFC 5952.
 */
export type Address = string & { readonly [brand]: "Address" };

/**
 * Where a peer is that another one, the carrier, reaches: `via:` and both their ids. No text from
 * outside is read as such a place, none is written to the wire, and no socket sends there.
 */
export function viaAddress(carrier: PeerId, peer: PeerId): Address {
  return `${VIA}${carrier}:${peer}` as Address;
}

/** Undefined for an address that a socket can send to. */
export function viaParts(
  address: Address,
): { readonly carrier: PeerId; readonly peer: PeerId } | undefined {
  if (!address.startsWith(VIA)) return undefined;
  const [carrier = "", peer = ""] = address.slice(VIA.length).split(":");
  const ids = [parsePeerId(carrier), parsePeerId(peer)] as const;
  assert(ids[0] !== undefined && ids[1] !== undefined, "a place beyond a carrier has two ids");
  return { carrier: ids[0], peer: ids[1] };
}

const VIA = "via:";

/** What kind of place an address is, by the registries of RFC 6890. */
export type AddressScope = "loopback" | "link-local" | "private" | "public" | "unusable";

export interface AddressParts {
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array;
  readonly port: number;
  readonly zone: string | undefined;
}

/** From a host as the operating system writes it and a port; undefined where either is not one. */
export function addressOf(host: string, port: number): Address | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 65535) return undefined;
  const [bare = "", zone, ...rest] = host.split("%");
  const ip = parseIp(bare);
  if (ip === undefined || rest.length > 0) return undefined;
  // Elsewhere a zone would make two texts of one endpoint.
  if (zone !== undefined && (!isLinkLocalIpv6(ip) || !ZONE.test(zone))) return undefined;
  return formatAddress({ ip, port, zone });
}

/** A name or number of an interface. */
const ZONE = /^[A-Za-z0-9._~:@+-]{1,32}$/;

/** From `1.2.3.4:5` or `[::1]:5`; host names and bare IPv6 are not addresses. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([0-9.]+)):([1-9][0-9]{0,4})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2] ?? "";
  if (match[1] !== undefined && !host.includes(":")) return undefined;
  return addressOf(host, Number(match[3]));
}

/** Whether it is one as it is written here: of several ways to write it, the one. */
export function isAddress(text: string): text is Address {
  return parseAddress(text) === text;
}

export function formatAddress(parts: AddressParts): Address {
  const host = formatIp(isV4Mapped(parts.ip) ? parts.ip.subarray(12) : parts.ip);
  if (!host.includes(":")) return `${host}:${parts.port}` as Address;
  const zone = parts.zone === undefined ? "" : `%${parts.zone}`;
  return `[${host}${zone}]:${parts.port}` as Address;
}

export function addressParts(address: Address): AddressParts {
  const colon = address.lastIndexOf(":");
  const [bare = "", zone] = hostOf(address).split("%", 2);
  const ip = parseIp(bare);
  assert(ip !== undefined, "an Address holds an IP address");
  return { ip, port: Number(address.slice(colon + 1)), zone };
}

/** The host part without brackets, as sockets take it. */
export function hostOf(address: Address): string {
  const host = address.slice(0, address.lastIndexOf(":"));
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

export function isIpv6(address: Address): boolean {
  return address.startsWith("[");
}

/**
 * Who may be behind an address: all of an IPv4 address, and of an IPv6 address its first bytes, as
 * who has one has a network of them (RFC 4291 §2.5.4). Behind a carrier, whomever it says.
 */
export function sourceOf(address: Address, ipv6Bytes: number): string {
  const via = viaParts(address);
  if (via !== undefined) return VIA + via.carrier;
  if (!isIpv6(address)) return hostOf(address);
  return toHex(addressParts(address).ip.subarray(0, ipv6Bytes));
}

export function portOf(address: Address): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** 4 or 16 bytes; undefined for anything but dotted quads and RFC 4291 text. */
export function parseIp(text: string): Uint8Array | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const ip = parseIpv6(text);
  return ip !== undefined && isV4Mapped(ip) ? ip.subarray(12) : ip;
}

/** RFC 5952 for 16 bytes, a dotted quad for 4. */
export function formatIp(ip: Uint8Array): string {
  if (ip.length === 4) return ip.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((ip[2 * i] ?? 0) << 8) | (ip[2 * i + 1] ?? 0),
  );
  const [start, length] = longestZeroRun(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** RFC 6890's registries, reduced to what decides whether an address is worth a datagram. */
export function addressScope(address: Address): AddressScope {
  const { ip } = addressParts(address);
  return ip.length === 4 ? scopeOfIpv4(ip) : scopeOfIpv6(ip);
}

function scopeOfIpv4(ip: Uint8Array): AddressScope {
  const [a = 0, b = 0] = ip;
  if (a === 127) return "loopback";
  if (a === 0 || a >= 224) return "unusable";
  if (a === 169 && b === 254) return "link-local";
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return "private";
  return a === 100 && b >= 64 && b < 128 ? "private" : "public";
}

function scopeOfIpv6(ip: Uint8Array): AddressScope {
  const [a = 0] = ip;
  if (formatIp(ip) === "::1") return "loopback";
  // Unspecified and IPv4-compatible (RFC 4291 §2.5.5.1, obsolete), or multicast.
  if (ip.subarray(0, 12).every((byte) => byte === 0) || a === 0xff) return "unusable";
  if (isLinkLocalIpv6(ip)) return "link-local";
  return (a & 0xfe) === 0xfc ? "private" : "public";
}

function isLinkLocalIpv6(ip: Uint8Array): boolean {
  const [a = 0, b = 0] = ip;
  return ip.length === 16 && a === 0xfe && (b & 0xc0) === 0x80;
}

/** Digit by digit: for most datagrams somebody asks what kind of place they came from. */
function parseIpv4(text: string): Uint8Array | undefined {
  const ip = new Uint8Array(4);
  let place = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const digit = i === text.length ? DOT : text.charCodeAt(i) - ZERO;
    if (digit === DOT) {
      if (digits === 0 || place === 4) return undefined;
      ip[place] = value;
      place += 1;
      digits = 0;
      value = 0;
      continue;
    }
    const isLeadingZero = digits > 0 && value === 0;
    value = 10 * value + digit;
    digits += 1;
    if (digit < 0 || digit > 9 || isLeadingZero || value > 255) return undefined;
  }
  return place === 4 ? ip : undefined;
}

const ZERO = 0x30;
const DOT = 0x2e - ZERO;

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const isShort = halves.length === 2;
  const head = parseGroups(halves[0] ?? "", !isShort);
  const tail = isShort ? parseGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (isShort ? missing < 2 : missing !== 0) return undefined;
  const ip = new Uint8Array(16);
  ip.set(head);
  ip.set(tail, head.length + missing);
  return ip;
}

/** `endsText`: only there may a dotted quad stand for two groups. */
function parseGroups(text: string, endsText: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (endsText && group.includes(".") && i === groups.length - 1) {
      const quad = parseIpv4(group);
      if (quad === undefined) return undefined;
      bytes.push(...quad);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function isV4Mapped(ip: Uint8Array): boolean {
  if (ip.length !== 16 || ip[10] !== 0xff || ip[11] !== 0xff) return false;
  return ip.subarray(0, 10).every((byte) => byte === 0);
}

function longestZeroRun(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  let start = 0;
  for (const [i, group] of groups.entries()) {
    if (group !== 0) start = i + 1;
    else if (i + 1 - start > best[1]) best = [start, i + 1 - start];
  }
  return best;
}
