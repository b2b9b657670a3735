import { addressOf, hostOf, portOf, type Address } from "../../lib/base/address.ts";
import type { Prng } from "./prng.ts";

/** What a mapping, or the permission to answer, depends on: RFC 4787 §4.1 and §5. */
export type Dependence =
  "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

/** RFC 4787 §4.2.1. `preserving` takes the inner port while it is free, then the next free one. */
export type PortAllocation = "preserving" | "sequential" | "random";

export interface NatBehaviour {
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  readonly allocation: PortAllocation;
  /** A mapping, and each permission in it, ends so long after the last datagram outward. */
  readonly expiryMs: number;
  /** Whether datagrams from inside to the outer address come back in. RFC 4787 §6. */
  readonly hairpin: boolean;
  /**
   * Whether a refused datagram from outside takes its pair of endpoints for the router itself, so
   * that what goes out to that endpoint later is given another port.
   */
  readonly poisonable: boolean;
}

/** A full cone, until told otherwise. */
export const NAT_DEFAULTS: NatBehaviour = {
  mapping: "endpoint-independent",
  filtering: "endpoint-independent",
  allocation: "preserving",
  expiryMs: 120_000,
  hairpin: false,
  poisonable: false,
};

/** A refused datagram holds its pair of endpoints for as long as Linux keeps an unanswered one. */
const POISONED_MS = 30_000;

const PORT_MIN = 1024;
const PORT_COUNT = 65_536 - PORT_MIN;

interface Mapping {
  readonly inner: Address;
  readonly outer: Address;
  readonly port: number;
  sentAtMs: number;
  /** When each party outside, as the filtering tells parties apart, was last sent something. */
  readonly permitted: Map<string, number>;
}

/** One address and port translator, with one address outside. */
export class Nat {
  readonly behaviour: NatBehaviour;
  #outerIp: string;
  readonly #prng: Prng;
  readonly #byInner = new Map<string, Mapping>();
  readonly #byPort = new Map<number, Mapping>();
  readonly #poisonedAtMs = new Map<string, number>();
  /** Ports that were taken away from those who had them. */
  readonly #spent = new Set<number>();
  #nextPort: number;

  constructor(behaviour: NatBehaviour, outerIp: string, prng: Prng) {
    this.behaviour = behaviour;
    this.#outerIp = outerIp;
    this.#prng = prng;
    this.#nextPort = PORT_MIN + prng.below(PORT_COUNT);
  }

  /** What a datagram from `inner` to `remote` bears outside; undefined if no port is left. */
  translateOut(now: number, inner: Address, remote: Address): Address | undefined {
    const { mapping: dependence, filtering } = this.behaviour;
    const usual = keyOf(inner, party(remote, dependence));
    const special = keyOf(inner, remote);

    let mapping = this.#live(now, special) ?? this.#live(now, usual);
    if (mapping !== undefined && this.#isPoisoned(now, mapping.port, remote)) {
      mapping = this.#open(now, special, inner);
    }
    if (mapping === undefined) mapping = this.#openUsual(now, usual, special, inner, remote);
    if (mapping === undefined) return undefined;

    mapping.sentAtMs = now;
    mapping.permitted.set(party(remote, filtering), now);
    return mapping.outer;
  }

  /** Whom a datagram from `remote` to `outer` reaches inside; undefined if it is not let in. */
  translateIn(now: number, remote: Address, outer: Address): Address | undefined {
    const { filtering, expiryMs, poisonable } = this.behaviour;
    const port = portOf(outer);
    const isOurs = hostOf(outer) === this.#outerIp;
    const mapping = isOurs ? this.#byPort.get(port) : undefined;
    if (mapping !== undefined && now - mapping.sentAtMs < expiryMs) {
      const permittedAtMs = mapping.permitted.get(party(remote, filtering)) ?? -Infinity;
      if (filtering === "endpoint-independent" || now - permittedAtMs < expiryMs) {
        return mapping.inner;
      }
    }
    if (poisonable) this.#poisonedAtMs.set(keyOf(`${port}`, remote), now);
    return undefined;
  }

  /** Forgets everything, as a router does that is switched off and on. */
  restart(): void {
    this.#byInner.clear();
    this.#byPort.clear();
    this.#poisonedAtMs.clear();
  }

  /**
   * Takes everybody's port away: what goes out next gets another. With `outerIp` it happens at
   * another public address.
   */
  rebind(outerIp = this.#outerIp): void {
    for (const port of this.#byPort.keys()) this.#spent.add(port);
    this.#outerIp = outerIp;
    this.restart();
  }

  #live(now: number, key: string): Mapping | undefined {
    const mapping = this.#byInner.get(key);
    if (mapping === undefined || now - mapping.sentAtMs < this.behaviour.expiryMs) return mapping;
    this.#byInner.delete(key);
    if (this.#byPort.get(mapping.port) === mapping) this.#byPort.delete(mapping.port);
    return undefined;
  }

  #openUsual(
    now: number,
    usual: string,
    special: string,
    inner: Address,
    remote: Address,
  ): Mapping | undefined {
    const mapping = this.#open(now, usual, inner);
    if (mapping === undefined || !this.#isPoisoned(now, mapping.port, remote)) return mapping;
    return this.#open(now, special, inner);
  }

  #open(now: number, key: string, inner: Address): Mapping | undefined {
    const port = this.#allocate(now, portOf(inner));
    const outer = port === undefined ? undefined : addressOf(this.#outerIp, port);
    if (port === undefined || outer === undefined) return undefined;
    const mapping = { inner, outer, port, sentAtMs: now, permitted: new Map<string, number>() };
    this.#byInner.set(key, mapping);
    this.#byPort.set(port, mapping);
    return mapping;
  }

  #allocate(now: number, innerPort: number): number | undefined {
    const wanted = this.#wanted(innerPort);
    for (let tries = 0; tries < PORT_COUNT; tries++) {
      const port = PORT_MIN + ((wanted - PORT_MIN + tries) % PORT_COUNT);
      if (this.#isTaken(now, port)) continue;
      if (this.behaviour.allocation === "sequential") this.#nextPort = port + 1;
      return port;
    }
    return undefined;
  }

  #wanted(innerPort: number): number {
    switch (this.behaviour.allocation) {
      case "preserving":
        return Math.max(PORT_MIN, innerPort);
      case "sequential":
        return this.#nextPort;
      case "random":
        return PORT_MIN + this.#prng.below(PORT_COUNT);
      default:
        return this.behaviour.allocation satisfies never;
    }
  }

  #isTaken(now: number, port: number): boolean {
    if (this.#spent.has(port)) return true;
    const mapping = this.#byPort.get(port);
    return mapping !== undefined && now - mapping.sentAtMs < this.behaviour.expiryMs;
  }

  #isPoisoned(now: number, port: number, remote: Address): boolean {
    if (!this.behaviour.poisonable) return false;
    const atMs = this.#poisonedAtMs.get(keyOf(`${port}`, remote));
    return atMs !== undefined && now - atMs < POISONED_MS;
  }
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
