import { type Address, hostOf } from "../base/address.ts";
import type { Compared, Dependence } from "../wire/nat.ts";

/** One socket seen from one place outside. */
export interface MappingSample {
  /** When the datagram left that made, or used, the mapping. */
  readonly atMs: number;
  readonly socket: number;
  /** The socket's own port, where it is known. */
  readonly localPort: number | undefined;
  readonly destination: Address;
  readonly mapped: Address;
  /** The first datagram of a new socket was the one answered: it, and then, took the port. */
  readonly isFresh: boolean;
}

export interface MappingFindings {
  readonly mapping: Dependence | "unknown";
  readonly compared: Compared;
}

/**
 * What a NAT's mapping depends on, RFC 4787 §4.1: the weakest dependence that explains all samples.
 * Only what one socket sent to several places is compared; what is not compared is not denied.
 */
export function mappingDependence(samples: readonly MappingSample[]): MappingFindings {
  const compared = { ports: false, addresses: false };
  let dependsOnPort = false;
  let dependsOnAddress = false;
  for (const own of Map.groupBy(samples, ({ socket }) => socket).values()) {
    const current = [...sinceRemapped(own).values()];
    for (const [i, a] of current.entries()) {
      for (const b of current.slice(i + 1)) {
        const isOneHost = hostOf(a.destination) === hostOf(b.destination);
        compared[isOneHost ? "ports" : "addresses"] = true;
        if (a.mapped === b.mapped) continue;
        if (isOneHost) dependsOnPort = true;
        else dependsOnAddress = true;
      }
    }
  }
  if (dependsOnPort) return { mapping: "address-and-port-dependent", compared };
  if (dependsOnAddress) return { mapping: "address-dependent", compared };
  const isKnown = compared.ports || compared.addresses;
  return { mapping: isKnown ? "endpoint-independent" : "unknown", compared };
}

/** The newest of each destination; none from before one of them was seen to change. */
function sinceRemapped(samples: readonly MappingSample[]): Map<Address, MappingSample> {
  const current = new Map<Address, MappingSample>();
  for (const sample of samples.toSorted((a, b) => a.atMs - b.atMs)) {
    const before = current.get(sample.destination);
    if (before !== undefined && before.mapped !== sample.mapped) current.clear();
    current.set(sample.destination, sample);
  }
  return current;
}
