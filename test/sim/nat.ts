import { addressOf, hostOf, type Address } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { Allocator, type PortAllocation } from "./allocator.ts";
import type { Prng } from "./prng.ts";

/** What a mapping, or the permission to answer, depends on: RFC 4787 §4.1 and §5. */
export type Dependence =
  "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

export interface NatBehaviour {
  /** `none` is a firewall: what passes keeps its source, and is filtered all the same. */
  readonly translation: "ports" | "none";
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  readonly allocation: PortAllocation;
  /** So many public addresses. */
  readonly addresses: number;
  /** RFC 4787 §4.1: a host has one of them for good, or each of its mappings has any. */
  readonly pooling: "paired" | "arbitrary";
  /**
   * A permission ends so long after the last datagram that it was for, and a mapping with the last
   * of its permissions. It begins with what goes out, even if that dies on its way.
   */
  readonly expiryMs: number;
  /** As long as nothing has come back; never longer than `expiryMs`. */
  readonly unansweredMs: number;
  /** RFC 4787 §4.3: whether what comes in keeps a permission alive too. */
  readonly refresh: "both ways" | "outward";
  /** A mapping lasts no longer than this, whatever passes. */
  readonly lifetimeMs: number;
  /** Whether datagrams from inside to the outer address come back in. RFC 4787 §6. */
  readonly hairpin: boolean;
  /**
   * What becomes of a refused datagram. `reject` tells its sender, and so does `poison`, as Linux
   * does without an input filter: there it takes its pair of endpoints for the router itself, so
   * that what goes out to that endpoint later is given another port. So is from then on whatever
   * goes to others with whom nothing was exchanged before.
   */
  readonly unsolicited: "drop" | "reject" | "poison";
  /** Whether UDP passes at all. */
  readonly udp: "passes" | "dropped" | "rejected";
  /** Mappings that others open meanwhile, on the average. */
  readonly crossPerSecond: number;
}

/** A full cone with the timeouts of Linux, until told otherwise. */
export const NAT_DEFAULTS: NatBehaviour = {
  translation: "ports",
  mapping: "endpoint-independent",
  filtering: "endpoint-independent",
  allocation: { kind: "preserving" },
  addresses: 1,
  pooling: "paired",
  expiryMs: 120_000,
  unansweredMs: 30_000,
  refresh: "both ways",
  lifetimeMs: Infinity,
  hairpin: false,
  unsolicited: "drop",
  udp: "passes",
  crossPerSecond: 0,
};

/** What a party outside, as the filtering tells parties apart, is permitted. */
interface Permission {
  untilMs: number;
  isAnswered: boolean;
}

interface Mapping {
  readonly inner: Address;
  readonly outer: Address;
  readonly endsAtMs: number;
  /** The latest that any permission lasts. */
  untilMs: number;
  readonly permissions: Map<string, Permission>;
}

/** One translator of addresses and ports, or a firewall, between inside and outside. */
export class Nat {
  readonly behaviour: NatBehaviour;
  #outerIps: readonly string[];
  readonly #prng: Prng;
  readonly #allocator: Allocator;
  readonly #unansweredMs: number;
  readonly #byInner = new Map<string, Mapping>();
  readonly #byOuter = new Map<Address, Mapping>();
  /** Of a host inside: which of the outer addresses it has. */
  readonly #paired = new Map<string, number>();
  /** Until when a pair of an outer and a remote endpoint is the router's own. */
  readonly #poisonedUntilMs = new Map<string, number>();
  /** Of what passes between two endpoints, where it goes by another mapping than what is new. */
  readonly #formerOf = new Map<string, Mapping>();
  /** Endpoints that were taken away from those who had them. */
  readonly #spent = new Set<string>();

  constructor(behaviour: NatBehaviour, outerIps: readonly string[], prng: Prng) {
    assert(behaviour.translation === "none" || outerIps.length > 0, "a NAT has an outer address");
    this.behaviour = behaviour;
    this.#outerIps = outerIps;
    this.#prng = prng;
    this.#allocator = new Allocator(behaviour.allocation, behaviour.crossPerSecond, prng);
    this.#unansweredMs = Math.min(behaviour.unansweredMs, behaviour.expiryMs);
  }

  /** What a datagram from `inner` to `remote` bears outside; undefined if no port is left. */
  translateOut(now: number, inner: Address, remote: Address): Address | undefined {
    const { mapping: dependence, filtering, expiryMs } = this.behaviour;
    const usual = keyOf(inner, party(remote, dependence));
    const key = party(remote, filtering);

    let mapping =
      this.#former(now, keyOf(inner, remote), key) ??
      this.#live(now, usual) ??
      this.#map(now, usual, inner);
    if (mapping !== undefined && this.#isPoisoned(now, mapping.outer, remote)) {
      this.#keepFormer(now, mapping);
      mapping = this.#map(now, usual, inner, true);
    }
    if (mapping === undefined) return undefined;

    const before = mapping.permissions.get(key);
    const isAnswered = before !== undefined && now < before.untilMs && before.isAnswered;
    permit(mapping, key, isAnswered, now + (isAnswered ? expiryMs : this.#unansweredMs));
    return mapping.outer;
  }

  /** Whom a datagram from `remote` to `outer` reaches inside; undefined if it is refused. */
  translateIn(now: number, remote: Address, outer: Address): Address | undefined {
    const { filtering, expiryMs, refresh, unsolicited } = this.behaviour;
    const mapping = this.#byOuter.get(outer);
    if (mapping !== undefined && isLive(now, mapping)) {
      const key = party(remote, filtering);
      const permission = mapping.permissions.get(key);
      if (permission !== undefined && now < permission.untilMs) {
        permit(mapping, key, true, refresh === "outward" ? permission.untilMs : now + expiryMs);
        return mapping.inner;
      }
    }
    if (unsolicited === "poison") {
      this.#poisonedUntilMs.set(keyOf(outer, remote), now + this.behaviour.unansweredMs);
    }
    return undefined;
  }

  /** Forgets everything, as a router does that is switched off and on. */
  restart(): void {
    this.#byInner.clear();
    this.#byOuter.clear();
    this.#paired.clear();
    this.#poisonedUntilMs.clear();
    this.#formerOf.clear();
  }

  /**
   * Takes everybody's port away: what goes out next gets another. With `outerIps` it happens at
   * other public addresses.
   */
  rebind(outerIps = this.#outerIps): void {
    for (const outer of this.#byOuter.keys()) this.#spent.add(outer);
    this.#outerIps = outerIps;
    this.restart();
  }

  /** Whom it has exchanged something with lately finds the host where it was before. */
  #keepFormer(now: number, mapping: Mapping): void {
    for (const [remote, { untilMs }] of mapping.permissions) {
      if (now < untilMs) this.#formerOf.set(keyOf(mapping.inner, remote), mapping);
    }
  }

  #former(now: number, flow: string, key: string): Mapping | undefined {
    const mapping = this.#formerOf.get(flow);
    const permission = mapping?.permissions.get(key);
    if (permission !== undefined && now < permission.untilMs) return mapping;
    this.#formerOf.delete(flow);
    return undefined;
  }

  #live(now: number, key: string): Mapping | undefined {
    const mapping = this.#byInner.get(key);
    if (mapping === undefined || isLive(now, mapping)) return mapping;
    this.#byInner.delete(key);
    if (this.#byOuter.get(mapping.outer) === mapping) this.#byOuter.delete(mapping.outer);
    return undefined;
  }

  #map(now: number, key: string, inner: Address, isClash = false): Mapping | undefined {
    const outer = this.#outerFor(now, inner, isClash);
    if (outer === undefined) return undefined;
    const endsAtMs = now + this.behaviour.lifetimeMs;
    const mapping: Mapping = { inner, outer, endsAtMs, untilMs: now, permissions: new Map() };
    this.#byInner.set(key, mapping);
    this.#byOuter.set(outer, mapping);
    return mapping;
  }

  #outerFor(now: number, inner: Address, isClash: boolean): Address | undefined {
    if (this.behaviour.translation === "none") return inner;
    const ip = this.#outerIpFor(inner);
    const isFree = (port: number): boolean => !this.#isTaken(now, ip, port);
    const port = isClash
      ? this.#allocator.anywhere(isFree)
      : this.#allocator.allocate(now, inner, isFree);
    return port === undefined ? undefined : addressOf(ip, port);
  }

  #outerIpFor(inner: Address): string {
    const ips = this.#outerIps;
    const isPaired = this.behaviour.pooling === "paired";
    const host = hostOf(inner);
    const paired = isPaired ? this.#paired.get(host) : undefined;
    const index = paired ?? (ips.length > 1 ? this.#prng.below(ips.length) : 0);
    if (isPaired) this.#paired.set(host, index);
    return ips[index] ?? "";
  }

  #isTaken(now: number, ip: string, port: number): boolean {
    const outer = `${ip}:${port}` as Address;
    if (this.#spent.has(outer)) return true;
    const mapping = this.#byOuter.get(outer);
    return mapping !== undefined && isLive(now, mapping);
  }

  #isPoisoned(now: number, outer: Address, remote: Address): boolean {
    const untilMs = this.#poisonedUntilMs.get(keyOf(outer, remote));
    return untilMs !== undefined && now < untilMs;
  }
}

function isLive(now: number, { untilMs, endsAtMs }: Mapping): boolean {
  return now < untilMs && now < endsAtMs;
}

function permit(mapping: Mapping, key: string, isAnswered: boolean, untilMs: number): void {
  mapping.permissions.set(key, { isAnswered, untilMs });
  mapping.untilMs = Math.max(mapping.untilMs, untilMs);
}

/** What `dependence` sees of an endpoint. */
function party(remote: Address, dependence: Dependence): string {
  switch (dependence) {
    case "endpoint-independent":
      return "";
    case "address-dependent":
      return hostOf(remote);
    case "address-and-port-dependent":
      return remote;
    default:
      return dependence satisfies never;
  }
}

function keyOf(inner: string, remote: string): string {
  return `${inner} ${remote}`;
}
