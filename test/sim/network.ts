import { addressOf, hostOf, parseIp, type Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import type { Interface, SendError } from "../../lib/node/machine.ts";
import { CLEAR, Link, LOCAL, corrupted, type Conditions } from "./link.ts";
import { NAT_DEFAULTS, Nat, type NatBehaviour } from "./nat.ts";
import { Prng } from "./prng.ts";

export type Family = 4 | 6;

/** Where a socket is bound. */
export interface Bind {
  /** Undefined for all of its host's addresses. */
  readonly ip: string | undefined;
  readonly port: number;
}

/** The program on a host, as the network knows it. */
export interface Recipient {
  /** False where nobody listens at `to`, which is an address of the host's own. */
  receive(to: Address, from: Address, bytes: Uint8Array): boolean;
  hearError(bind: Bind, to: Address, error: SendError): void;
}

export interface HostStation {
  readonly kind: "host";
  readonly id: number;
  readonly name: string;
  recipient: Recipient | undefined;
  attachments: readonly Attachment[];
}

/** Between a segment inside and its own addresses outside. */
export interface Router {
  readonly kind: "router";
  readonly id: number;
  readonly name: string;
  /** For IPv4. */
  readonly nat: Nat;
  /** For IPv6, which it does not translate; undefined where it has none. */
  readonly firewall: Nat | undefined;
  outerIps: readonly string[];
  readonly outside: Segment;
  readonly inside: Segment;
}

/** Whatever has an address on a segment. */
export type Station = HostStation | Router;

interface Attachment {
  readonly segment: Segment;
  readonly ip: string;
  /** By port: made once, for there are many datagrams from each. */
  readonly addresses: Map<number, Address>;
}

/** Stations that reach one another without translation: a /24, or all of the internet. */
export interface Segment {
  readonly name: string;
  /** What the addresses of each family begin with; empty for the internet. */
  readonly prefix: string;
  /** Undefined where there is no IPv6. */
  readonly prefix6: string | undefined;
  /** For all of its links that have none of their own. */
  conditions: Conditions;
  readonly stations: Map<string, Station>;
  gateway: Router | undefined;
}

/** A datagram on its way across one segment. */
export interface Parcel {
  readonly kind: "parcel";
  readonly origin: HostStation;
  readonly bind: Bind;
  readonly station: Station;
  readonly source: Address;
  /** As the sender wrote it; translation on the way in changes only where it arrives. */
  readonly to: Address;
  readonly bytes: Uint8Array;
  readonly conditions: Conditions;
}

/** Word that a datagram came to nothing, on its way back. */
export interface Report {
  readonly kind: "report";
  readonly origin: HostStation;
  readonly bind: Bind;
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
  #publicNetworks = 0;

  constructor(seed: number, schedule: (atMs: number, what: Parcel | Report) => void) {
    this.#prng = new Prng(seed, "network");
    this.#schedule = schedule;
    this.internet = segment("internet", "", "", CLEAR);
  }

  /** A host on `on`, by default the internet. */
  host(name: string, on: Segment = this.internet, families: readonly Family[] = [4]): HostStation {
    const host: HostStation = {
      kind: "host",
      id: this.#nextId(),
      name,
      recipient: undefined,
      attachments: [],
    };
    this.attach(host, on, families);
    return host;
  }

  /** A router with a segment of its own inside, which has IPv6 where there is a firewall. */
  router(
    name: string,
    behaviour: Partial<NatBehaviour> = {},
    { outside = this.internet, prefix = HOME_PREFIX, firewall }: RouterOptions = {},
  ): Router {
    const id = this.#nextId();
    const nat = { ...NAT_DEFAULTS, ...behaviour };
    const prefix6 = firewall === undefined ? undefined : `2a00:${this.#nextNetwork()}::`;
    const outerIps = Array.from({ length: nat.addresses }, () => this.#freeIp(outside, 4));
    const router: Router = {
      kind: "router",
      id,
      name,
      outerIps,
      nat: new Nat(nat, outerIps, this.#prng),
      firewall: firewall && new Nat(firewall, [], this.#prng),
      outside,
      inside: segment(name, prefix, prefix6, LOCAL),
    };
    router.inside.gateway = router;
    for (const ip of outerIps) outside.stations.set(ip, router);
    return router;
  }

  /** Gives the host so many more addresses, each of its family, on `on`. */
  attach(host: HostStation, on: Segment, families: readonly Family[] = [4]): void {
    for (const family of families) {
      const ip = this.#freeIp(on, family);
      on.stations.set(ip, host);
      const attachment = { segment: on, ip, addresses: new Map<number, Address>() };
      host.attachments = [...host.attachments, attachment];
      if (family === 6 && on.gateway !== undefined) on.gateway.outside.stations.set(ip, on.gateway);
    }
  }

  detach(host: HostStation, from: Segment): void {
    for (const { segment: on, ip } of host.attachments) {
      if (on !== from) continue;
      on.stations.delete(ip);
      on.gateway?.outside.stations.delete(ip);
    }
    host.attachments = host.attachments.filter(({ segment: on }) => on !== from);
  }

  /** The host loses its addresses of this family. */
  drop(host: HostStation, family: Family): void {
    const [lost, kept] = [true, false].map((isLost) => {
      return host.attachments.filter(({ ip }) => (familyOf(ip) === family) === isLost);
    });
    for (const { segment: on, ip } of lost ?? []) {
      on.stations.delete(ip);
      on.gateway?.outside.stations.delete(ip);
    }
    host.attachments = kept ?? [];
  }

  /** The host gets other addresses where it is: as by another lease, or of another cable. */
  renumber(host: HostStation): void {
    const before = host.attachments;
    host.attachments = [];
    for (const { segment: on, ip } of before) this.attach(host, on, [familyOf(ip)]);
    for (const { segment: on, ip } of before) {
      on.stations.delete(ip);
      on.gateway?.outside.stations.delete(ip);
    }
  }

  /** The router's provider gives it other public addresses; its mappings end. */
  readdress(router: Router): void {
    const before = router.outerIps;
    router.outerIps = before.map(() => this.#freeIp(router.outside, 4));
    for (const ip of before) router.outside.stations.delete(ip);
    for (const ip of router.outerIps) router.outside.stations.set(ip, router);
    router.nat.rebind(router.outerIps);
  }

  interfaces(host: HostStation): readonly Interface[] {
    const segments = [...new Set(host.attachments.map(({ segment: on }) => on))];
    return host.attachments.map(({ segment: on, ip }) => {
      const bytes = parseIp(ip);
      assert(bytes !== undefined, "a station's address is one");
      const prefixBits = familyOf(ip) === 4 ? 24 : 64;
      return { name: `eth${segments.indexOf(on)}`, ip: bytes, prefixBits };
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
    bind: Bind,
    to: Address,
    bytes: Uint8Array,
    ttl = Infinity,
  ): void {
    for (const tap of this.taps) tap.onSent?.(now, origin, to, bytes);
    const sent = { origin, bind, to };
    const ip = hostOf(to);
    const attachment = route(origin, bind, ip);
    let source = attachment && sourceOf(attachment, bind.port);
    let on = attachment?.segment;
    let station: Station = origin;
    let hopsLeft = ttl;
    while (on !== undefined && source !== undefined) {
      const target = on.stations.get(ip);
      if (target !== undefined) {
        if (hopsLeft <= (on === this.internet ? INTERNET_HOPS : 0)) return;
        this.#cross(now, on, station, target, { ...sent, source, bytes });
        return;
      }
      const router: Router | undefined = on.gateway;
      const nat = router && translatorOf(router, ip);
      if (router === undefined || nat === undefined || isOn(on, ip)) break;
      hopsLeft -= 1;
      if (hopsLeft <= 0 || nat.behaviour.udp === "dropped") return;
      if (nat.behaviour.udp === "rejected") {
        this.#report(now, { ...sent, error: "refused" }, on.conditions);
        return;
      }
      source = nat.translateOut(now, source, to);
      station = router;
      on = router.outside;
    }
    this.#report(now, { ...sent, error: "unreachable" }, on?.conditions ?? CLEAR);
  }

  /** A parcel has crossed its segment. */
  arrive(now: number, parcel: Parcel): void {
    const { origin, bind, source, bytes, conditions } = parcel;
    let station: Station | undefined = parcel.station;
    let to = parcel.to;
    while (station?.kind === "router") {
      const nat = translatorOf(station, hostOf(to));
      if (nat === undefined || nat.behaviour.udp !== "passes") return;
      const inner = nat.translateIn(now, source, to);
      if (inner === undefined) {
        if (nat.behaviour.unsolicited === "drop") return;
        this.#report(now, { origin, bind, to: parcel.to, error: "refused" }, conditions);
        return;
      }
      to = inner;
      station = station.inside.stations.get(hostOf(inner));
    }
    if (station === undefined || this.#cuts.has(pairOf(origin, station))) return;

    for (const tap of this.taps) tap.onArrived?.(now, station, source, bytes);
    const isHeard = station.recipient?.receive(to, source, bytes) ?? false;
    if (!isHeard) this.#report(now, { origin, bind, to: parcel.to, error: "refused" }, conditions);
  }

  #cross(
    now: number,
    on: Segment,
    from: Station,
    station: Station,
    sent: Pick<Parcel, "origin" | "bind" | "source" | "to" | "bytes">,
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

  #report(now: number, what: Omit<Report, "kind">, { delayMs, errorReports }: Conditions): void {
    if (!this.#prng.chance(errorReports)) return;
    this.#schedule(now + delayMs, { kind: "report", ...what });
  }

  #nextId(): number {
    assert(this.#stations < STATIONS_MAX, "a network has room for its stations");
    return this.#stations++;
  }

  /** Public hosts share no prefix, those of a home all but the last number. */
  #freeIp(on: Segment, family: Family): string {
    const prefix = family === 4 ? on.prefix : on.prefix6;
    assert(prefix !== undefined, "only where there is IPv6 has a host such an address");
    if (prefix === "") {
      if (family === 6) return `2a00:${this.#nextNetwork()}::1`;
      const n = this.#publicIps++;
      return `11.${n >> 8}.${n & 255}.1`;
    }
    for (let last = 2; last < 255; last++) {
      const ip = `${prefix}${last.toString(family === 4 ? 10 : 16)}`;
      if (!on.stations.has(ip)) return ip;
    }
    throw new Error(`Cannot add a host: ${on.name} is full`);
  }

  /** The second of an IPv6 address's numbers. */
  #nextNetwork(): string {
    this.#publicNetworks += 1;
    return this.#publicNetworks.toString(16);
  }
}

export interface RouterOptions {
  readonly outside?: Segment;
  readonly prefix?: string;
  readonly firewall?: NatBehaviour | undefined;
}

function segment(
  name: string,
  prefix: string,
  prefix6: string | undefined,
  conditions: Conditions,
): Segment {
  return { name, prefix, prefix6, conditions, stations: new Map(), gateway: undefined };
}

/** The address on whose subnet `ip` is, else the first of its family that leads further. */
function route({ attachments }: HostStation, bind: Bind, ip: string): Attachment | undefined {
  const able = attachments.filter((own) => {
    return familyOf(own.ip) === familyOf(ip) && (bind.ip === undefined || bind.ip === own.ip);
  });
  return able.find(({ segment: on }) => isOn(on, ip)) ?? able[0];
}

function sourceOf({ ip, addresses }: Attachment, port: number): Address | undefined {
  const known = addresses.get(port);
  if (known !== undefined) return known;
  const address = addressOf(ip, port);
  if (address !== undefined) addresses.set(port, address);
  return address;
}

/** Whether `ip` is in the segment's own network; nothing is that for the internet. */
function isOn(on: Segment, ip: string): boolean {
  const prefix = familyOf(ip) === 4 ? on.prefix : on.prefix6;
  return prefix !== undefined && prefix !== "" && ip.startsWith(prefix);
}

function translatorOf(router: Router, ip: string): Nat | undefined {
  return familyOf(ip) === 4 ? router.nat : router.firewall;
}

function familyOf(ip: string): Family {
  return ip.includes(":") ? 6 : 4;
}

function pairOf(from: Station, to: Station): number {
  return from.id * STATIONS_MAX + to.id;
}
