import {
  type Address,
  addressParts,
  addressScope,
  formatAddress,
  hostOf,
  isIpv6,
  portOf,
} from "../base/address.ts";
import { OBSERVERS_MAX, OTHERS_MAX } from "../wire/limits.ts";

/**
 * Where a server's sockets are, each of which tells whoever asks it where it sees them. A server
 * that listens on all addresses knows none of its own: it writes them as 0.0.0.0 or `::`, and the
 * client reads that as the one at which it reached the server. PROTOCOL.md §7.
 */

/** What a server tells a client that it sees at `observed` of the addresses its sockets have. */
export function observersFor(sockets: readonly Address[], observed: Address): readonly Address[] {
  const known = sockets
    .filter((socket) => isAnywhere(socket) || isWorthTelling(socket, observed))
    .filter((socket) => isIpv6(socket) === isIpv6(observed) || hostOf(socket) === "::")
    .map((socket) => (isAnywhere(socket) ? anywhere(observed, portOf(socket)) : socket));
  return [...new Set(known)].slice(0, OBSERVERS_MAX);
}

/**
 * What a client makes of it that reached the server at `server`, which comes first. A server that
 * lies sends it nowhere but to addresses like its own.
 */
export function observersFrom(server: Address, told: readonly Address[]): readonly Address[] {
  const { ip, zone } = addressParts(server);
  const resolved = told.slice(0, OBSERVERS_MAX).map((address) => {
    return isAnywhere(address) ? formatAddress({ ip, port: portOf(address), zone }) : address;
  });
  const alike = resolved.filter((address) => {
    return isIpv6(address) === isIpv6(server) && addressScope(address) === addressScope(server);
  });
  return [...new Set([server, ...alike])];
}

/**
 * Where a server is by the other family than the one by which a client at `observed` has come, as
 * far as its sockets and the addresses of its machine tell.
 */
export function othersFor(
  sockets: readonly Address[],
  ips: readonly Uint8Array[],
  observed: Address,
): readonly Address[] {
  const byIp = new Map<string, Address>();
  for (const socket of sockets) {
    const port = portOf(socket);
    const own = ips.map((ip) => formatAddress({ ip, port, zone: undefined }));
    const at = isAnywhere(socket) ? own.filter((address) => takes(socket, address)) : [socket];
    for (const address of at) if (!byIp.has(hostOf(address))) byIp.set(hostOf(address), address);
  }
  const others = [...byIp.values()].filter((address) => {
    const scope = addressScope(address);
    const isOfUse = scope === "public" || scope === "private";
    return isOfUse && isIpv6(address) !== isIpv6(observed) && isWorthTelling(address, observed);
  });
  const isPublic = (address: Address) => addressScope(address) === "public";
  const sorted = [...others.filter(isPublic), ...others.filter((address) => !isPublic(address))];
  return sorted.slice(0, OTHERS_MAX);
}

/** Whether a socket of all addresses has this one: `::` takes both families. */
function takes(socket: Address, address: Address): boolean {
  return hostOf(socket) === "::" || !isIpv6(address);
}

/** Behind a router that forwards its port, a server's own address means nothing to the world. */
export function isWorthTelling(own: Address, asker: Address): boolean {
  return addressScope(own) === "public" || addressScope(asker) !== "public";
}

/** A socket of all addresses of the machine. */
export function isAnywhere(address: Address): boolean {
  const host = hostOf(address);
  return host === "::" || host === "0.0.0.0";
}

function anywhere(observed: Address, port: number): Address {
  return formatAddress({ ip: new Uint8Array(isIpv6(observed) ? 16 : 4), port, zone: undefined });
}
