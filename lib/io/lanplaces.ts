import { formatIp, parseIp } from "../base/address.ts";
import type { Interface } from "../node/machine.ts";

/** Networks that are announced on, of both families; a machine with more is a router. */
const PLACES_MAX = 32;

/** RFC 6762 §3: what does not come from it is no answer to all. */
export const MDNS_PORT = 5353;

/** What a socket is bound to, and whom it asks, in each family. RFC 6762 §3 */
export const MDNS_FAMILIES = {
  4: { type: "udp4", group: "224.0.0.251", unspecified: "0.0.0.0" },
  6: { type: "udp6", group: "ff02::fb", unspecified: "::" },
} as const;

/** Where to send and to hear multicast: one interface, in one family. */
export interface LanPlace {
  readonly family: 4 | 6;
  /** The interface's. */
  readonly name: string;
  /** The machine's own address there, which datagrams come from; IPv6's is link-local. */
  readonly ip: string;
  /** The interface's addresses in this family: who is in none of their networks is not near. */
  readonly hosts: readonly Interface[];
}

/**
 * Where a node that listens at `host`, or everywhere, can be found; loopback counts only where
 * there is nothing else. Datagrams of IPv6's multicast come from the link-local address, so that
 * one bound to another IPv6 address is announced nowhere.
 */
export function lanPlaces(interfaces: readonly Interface[], host: string | undefined): LanPlace[] {
  const places = [...Map.groupBy(interfaces, ({ name }) => name).values()].flatMap((hosts) => {
    return [placeOf(hosts, 4, host) ?? [], placeOf(hosts, 6, host) ?? []].flat();
  });
  const outward = places.filter(({ hosts: [first] }) => first?.ip[0] !== LOOPBACK);
  const hasNetwork = interfaces.some(({ ip }) => !isLoopback(ip));
  return (hasNetwork ? outward : places).slice(0, PLACES_MAX);
}

/** Equal for places that need not be opened anew. */
export function placeKey({ family, name, hosts }: LanPlace): string {
  const addresses = hosts.map(({ ip, prefixBits }) => `${formatIp(ip)}/${prefixBits}`).toSorted();
  return `${family} ${name} ${addresses.join(" ")}`;
}

const LOOPBACK = 127;

function isLoopback(ip: Uint8Array): boolean {
  return ip[0] === LOOPBACK || formatIp(ip) === "::1";
}

function placeOf(
  all: readonly Interface[],
  family: 4 | 6,
  host: string | undefined,
): LanPlace | undefined {
  const hosts = all.filter(({ ip }) => ip.length === (family === 4 ? 4 : 16));
  const isAnywhere = host === undefined || host === "::" || (host === "0.0.0.0" && family === 4);
  const bound = isAnywhere ? undefined : parseIp(host.split("%", 1)[0] ?? "");
  const own = hosts.find(({ ip }) => {
    const isUsable = family === 4 || (ip[0] === 0xfe && ((ip[1] ?? 0) & 0xc0) === 0x80);
    return isUsable && (isAnywhere || (bound !== undefined && formatIp(bound) === formatIp(ip)));
  });
  return own && { family, name: own.name, ip: formatIp(own.ip), hosts };
}
