import { addressOf, hostOf, portOf, type Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { Interface, SendError } from "../../lib/node/machine.ts";
import { parseIp } from "../../lib/base/address.ts";
import { CLEAR, Link, LOCAL, corrupted, type Conditions } from "./link.ts";
import { NAT_DEFAULTS, Nat, type NatBehaviour } from "./nat.ts";
import { Prng } from "./prng.ts";

/** The program on a host, as the network knows it. */
export interface Recipient {
  /** False where nobody listens on the port. */
  receive(port: number, from: Address, bytes: Uint8Array): boolean;
  hearError(to: Address, error: SendError): void;
}

export interface HostStation {
  readonly kind: "host";
  readonly id: number;
  readonly name: string;
  recipient: Recipient | undefined;
  attachments: readonly Attachment[];
}

/** A translator between one address outside and a segment inside. */
export interface Router {
  readonly kind: "router";
  readonly id: number;
  readonly name: string;
  readonly nat: Nat;
  outerIp: string;
  readonly outside: Segment;
  readonly inside: Segment;
}

/** Whatever has an address on a segment. */
export type Station = HostStation | Router;

interface Attachment {
  readonly segment: Segment;
  readonly ip: string;
}

/** Stations that reach one another without translation: a /24, or all of the internet. */
export interface Segment {
  readonly name: string;
  /** The first three numbers and their dots; empty for the internet. */
  readonly prefix: string;
  /** For all of its links that have none of their own. */
  conditions: Conditions;
  readonly stations: Map<string, Station>;
  gateway: Router | undefined;
}

/** A datagram on its way across one segment. */
export interface Parcel {
  readonly kind: "parcel";
  readonly origin: HostStation;
  readonly station: Station;
  readonly source: Address;
  readonly to: Address;
  /** `to` as the sender wrote it; translation on the way in changes only where it arrives. */
  readonly bytes: Uint8Array;
  readonly conditions: Conditions;
}

/** Word that a datagram came to nothing, on its way back. */
export interface Report {
  readonly kind: "report";
  readonly origin: HostStation;
  readonly to: Address;
  readonly error: SendError;
}

/** Who wants to see what crosses the network. Addresses are as the party named sees them. */
export interface Tap {
  onSent?(now: number, origin: HostStation, to: Address, bytes: Uint8Array): void;
  onArrived?(now: number, host: HostStation, from: Address, bytes: Uint8Array): void;
}

/** Private, and the same in every home that does not ask for another, as they are in life. */
const HOME_PREFIX = "192.168.1.";

/** Routers that a datagram passes on its way across the internet, besides those of homes. */
const INTERNET_HOPS = 6;

/** Ids stay below this, so that a pair of them is one number. */
const STATIONS_MAX = 65_536;

/** Hosts, routers and what lies between them. What is under way waits in the caller's agenda. */
export class Network {
  readonly internet: Segment;
  readonly taps: Tap[] = [];
  readonly #prng: Prng;
  readonly #schedule: (atMs: number, what: Parcel | Report) => void;
  readonly #links = new Map<number, Link>();
  readonly #cuts = new Set<number>();
  #stations = 0;
  #publicIps = 0;

  constructor(seed: number, schedule: (atMs: number, what: Parcel | Report) => void) {
    this.#prng = new Prng(seed, "network");
    this.#schedule = schedule;
    this.internet = segment("internet", "", CLEAR);
  }

  /** A host on `on`, by default the internet. */
  host(name: string, on: Segment = this.internet): HostStation {
    const host: HostStation = {
      kind: "host",
      id: this.#nextId(),
      name,
      recipient: undefined,
      attachments: [],
    };
    this.attach(host, on);
    return host;
  }

  /** A router with a segment of its own inside. */
  router(
    name: string,
    behaviour: Partial<NatBehaviour> = {},
    { outside = this.internet, prefix = HOME_PREFIX } = {},
  ): Router {
    const id = this.#nextId();
    const outerIp = this.#freeIp(outside);
    const nat = new Nat({ ...NAT_DEFAULTS, ...behaviour }, outerIp, this.#prng);
    const inside = segment(name, prefix, LOCAL);
    const router: Router = { kind: "router", id, name, nat, outerIp, outside, inside };
    inside.gateway = router;
    outside.stations.set(outerIp, router);
    return router;
  }

  /** Gives the host one more address, on `on`. */
  attach(host: HostStation, on: Segment): void {
    const ip = this.#freeIp(on);
    on.stations.set(ip, host);
    host.attachments = [...host.attachments, { segment: on, ip }];
  }

  detach(host: HostStation, from: Segment): void {
    for (const { segment: on, ip } of host.attachments) if (on === from) on.stations.delete(ip);
    host.attachments = host.attachments.filter(({ segment: on }) => on !== from);
  }

  /** The router's provider gives it another public address; its mappings end. */
  readdress(router: Router): void {
    const before = router.outerIp;
    router.outerIp = this.#freeIp(router.outside);
    router.outside.stations.delete(before);
    router.outside.stations.set(router.outerIp, router);
    router.nat.rebind(router.outerIp);
  }

  interfaces(host: HostStation): readonly Interface[] {
    return host.attachments.map(({ ip }, i) => {
      const bytes = parseIp(ip);
      assert(bytes !== undefined, "a station's address is one");
      return { name: `eth${i}`, ip: bytes, prefixBits: 24 };
    });
  }

  /** The one-way link between two stations of one segment. */
  link(from: Station, to: Station): Link {
    const key = pairOf(from, to);
    let link = this.#links.get(key);
    if (link === undefined) this.#links.set(key, (link = new Link()));
    return link;
  }

  /** What goes from one to the other takes this link from here on, beside what else does. */
  share(link: Link, from: Station, to: Station): void {
    this.#links.set(pairOf(from, to), link);
  }

  /** From here on nothing from `from` arrives at `to`; not the other way round. */
  cut(from: HostStation, to: HostStation): void {
    this.#cuts.add(pairOf(from, to));
  }

  heal(from: HostStation, to: HostStation): void {
    this.#cuts.delete(pairOf(from, to));
  }

  send(
    now: number,
    origin: HostStation,
    port: number,
    to: Address,
    bytes: Uint8Array,
    ttl = Infinity,
  ): void {
    for (const tap of this.taps) tap.onSent?.(now, origin, to, bytes);
    const ip = hostOf(to);
    const attachment = route(origin, ip);
    let source = attachment === undefined ? undefined : addressOf(attachment.ip, port);
    let on = attachment?.segment;
    let station: Station = origin;
    let hopsLeft = ttl;
    while (on !== undefined && source !== undefined) {
      const target = on.stations.get(ip);
      if (target !== undefined) {
        if (hopsLeft <= (on === this.internet ? INTERNET_HOPS : 0)) return;
        this.#cross(now, on, station, target, { origin, source, to, bytes });
        return;
      }
      const router: Router | undefined = on.gateway;
      if (router === undefined || ip.startsWith(on.prefix)) break;
      hopsLeft -= 1;
      if (hopsLeft <= 0) return;
      source = router.nat.translateOut(now, source, to);
      station = router;
      on = router.outside;
    }
    this.#report(now, origin, to, "unreachable", on?.conditions ?? CLEAR);
  }

  /** A parcel has crossed its segment. */
  arrive(now: number, parcel: Parcel): void {
    let station: Station | undefined = parcel.station;
    let to = parcel.to;
    while (station?.kind === "router") {
      const inner = station.nat.translateIn(now, parcel.source, to);
      if (inner === undefined) return;
      to = inner;
      station = station.inside.stations.get(hostOf(inner));
    }
    if (station === undefined || this.#cuts.has(pairOf(parcel.origin, station))) return;

    for (const tap of this.taps) tap.onArrived?.(now, station, parcel.source, parcel.bytes);
    const isHeard = station.recipient?.receive(portOf(to), parcel.source, parcel.bytes) ?? false;
    if (!isHeard) this.#report(now, parcel.origin, parcel.to, "refused", parcel.conditions);
  }

  #cross(
    now: number,
    on: Segment,
    from: Station,
    station: Station,
    sent: Pick<Parcel, "origin" | "source" | "to" | "bytes">,
  ): void {
    const isHairpin = from === station && station.kind === "router";
    if (isHairpin && !station.nat.behaviour.hairpin) return;
    const link = this.link(from, station);
    const usual = isHairpin ? station.inside.conditions : on.conditions;
    const conditions = link.conditions ?? usual;
    for (const atMs of link.transit(now, conditions, sent.bytes.length, this.#prng)) {
      const isCorrupt = this.#prng.chance(conditions.corrupt);
      const bytes = isCorrupt ? corrupted(sent.bytes, this.#prng) : sent.bytes.slice();
      this.#schedule(atMs, { kind: "parcel", ...sent, bytes, station, conditions });
    }
  }

  #report(
    now: number,
    origin: HostStation,
    to: Address,
    error: SendError,
    { delayMs, errorReports }: Conditions,
  ): void {
    if (!this.#prng.chance(errorReports)) return;
    this.#schedule(now + delayMs, { kind: "report", origin, to, error });
  }

  #nextId(): number {
    assert(this.#stations < STATIONS_MAX, "a network has room for its stations");
    return this.#stations++;
  }

  /** Public hosts share no prefix, those of a home all but the last number. */
  #freeIp(on: Segment): string {
    if (on.prefix === "") {
      const n = this.#publicIps++;
      return `11.${n >> 8}.${n & 255}.1`;
    }
    for (let last = 2; last < 255; last++) {
      const ip = `${on.prefix}${last}`;
      if (!on.stations.has(ip)) return ip;
    }
    throw new Error(`Cannot add a host: ${on.name} is full`);
  }
}

function segment(name: string, prefix: string, conditions: Conditions): Segment {
  return { name, prefix, conditions, stations: new Map(), gateway: undefined };
}

/** The interface on whose subnet `ip` is, else the first that leads further. */
function route({ attachments }: HostStation, ip: string): Attachment | undefined {
  if (attachments.length < 2) return attachments[0];
  const near = attachments.find(({ segment: on }) => on.prefix !== "" && ip.startsWith(on.prefix));
  return near ?? attachments[0];
}

function pairOf(from: Station, to: Station): number {
  return from.id * STATIONS_MAX + to.id;
}
