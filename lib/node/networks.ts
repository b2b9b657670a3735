import { type Address, hostOf, isIpv6 } from "../base/address.ts";
import { equalBytes } from "../base/bytes.ts";
import type { Host } from "../paths/candidates.ts";
import { decodeNatReport, encodeNatReport, type NatReport } from "../wire/nat.ts";
import type { KnownNetwork, NetworkWrite } from "./machine.ts";

/** Networks that are remembered; of more, the one that was learnt first is forgotten. */
export const NETWORKS_MAX = 64;

/** A network changes its router sooner or later. */
const FORGOTTEN_MS = 30 * 86_400_000;

/** What the NATs did of the networks that this node was in, in earlier runs too. */
export class Networks {
  readonly #known = new Map<string, KnownNetwork>();

  /** Those learnt longest ago first. */
  constructor(known: readonly KnownNetwork[]) {
    for (const network of known.slice(-NETWORKS_MAX)) this.#known.set(network.place, network);
  }

  /** What it did then; ports that it gave are too long ago. */
  recall(now: number, place: string): NatReport | undefined {
    const known = this.#known.get(place);
    if (known === undefined || now >= known.wallMs + FORGOTTEN_MS) return undefined;
    return decodeNatReport(known.nat);
  }

  /** The same before anybody has seen this node from outside: of those that look so from inside. */
  guess(now: number, inside: string): NatReport | undefined {
    const like = [...this.#known.keys()].findLast((place) => place.endsWith(` ${inside}`));
    return like === undefined ? undefined : this.recall(now, like);
  }

  /** What is to be written, where it is news. */
  learn(now: number, place: string, report: NatReport): NetworkWrite | undefined {
    if (report.mapping === "unknown" || report.isBlocked) return undefined;
    const lasting = { recentPorts: [], portsAgeMs: 0, crossTrafficPerSecond: 0 };
    const nat = encodeNatReport({ ...report, ...lasting });
    const before = this.#known.get(place);
    const isFresh = before !== undefined && now < before.wallMs + FORGOTTEN_MS / 2;
    if (isFresh && equalBytes(before.nat, nat)) return undefined;
    const network = { place, nat, wallMs: Math.floor(now) };
    this.#known.delete(place);
    this.#known.set(place, network);
    const [first] = this.#known.keys();
    if (first !== undefined && this.#known.size > NETWORKS_MAX) this.#known.delete(first);
    return { kind: "network", ...network };
  }
}

/**
 * How one knows a network again: by the address outside and those inside. Only of IPv4, where most
 * routers translate.
 */
export function placeOf(observed: Address, inside: string): string | undefined {
  return isIpv6(observed) ? undefined : `${hostOf(observed)} ${inside}`;
}

/** What a network looks like from inside. */
export function insideOf(hosts: readonly Host[]): string {
  const inside = hosts.filter(({ ip }) => ip.length === 4).map(({ ip }) => ip.join("."));
  return inside.toSorted().join(" ");
}
