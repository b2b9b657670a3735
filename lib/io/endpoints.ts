import { addressOf, hostOf, portOf, type Address } from "../base/address.ts";

/** An address as Bun's sockets take it: text of IPv4 or IPv6 without brackets, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

interface Source extends Endpoint {
  readonly address: Address;
}

/** Peers whose endpoint is remembered; at the limit all are forgotten, and parsed again. */
const PEERS_MAX = 4096;

/** Places for sources, a power of two; of those that share one the last is remembered. */
const SOURCE_PLACES = 4096;

/** Spares a socket the parsing of addresses: what it sends to and hears from changes seldom. */
export class Endpoints {
  readonly #peers = new Map<Address, Endpoint>();
  readonly #sources: (Source | undefined)[] = [];

  constructor() {
    // To fill them one by one takes half a millisecond, before a program has said its first word.
    this.#sources.length = SOURCE_PLACES;
  }

  of(address: Address): Endpoint {
    const known = this.#peers.get(address);
    if (known !== undefined) return known;
    const [host, port] = [hostOf(address), portOf(address)];
    // Who is answered was heard before, more often than not: one object does for both.
    const source = this.#sources[placeOf(host, port)];
    const isHeard = source?.address === address && source.host === host;
    const endpoint = isHeard ? source : { host, port };
    if (this.#peers.size >= PEERS_MAX) this.#peers.clear();
    this.#peers.set(address, endpoint);
    return endpoint;
  }

  /** The canonical address of who sent a datagram; undefined for none, as port 0 is. */
  addressOf(host: string, port: number): Address | undefined {
    const place = placeOf(host, port);
    const known = this.#sources[place];
    if (known !== undefined && known.port === port && known.host === host) return known.address;
    const address = addressOf(host, port);
    if (address !== undefined) this.#sources[place] = { host, port, address };
    return address;
  }
}

/** Many clients behind one NAT differ in the port, many on one LAN at the end of the host. */
function placeOf(host: string, port: number): number {
  const end = host.length;
  const tail = (host.charCodeAt(end - 1) << 6) ^ (host.charCodeAt(end - 2) << 9);
  return (port ^ tail ^ host.charCodeAt(end - 3)) & (SOURCE_PLACES - 1);
}
