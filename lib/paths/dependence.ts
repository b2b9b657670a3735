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

/** Whether what one socket sent to other places had another mapping; undefined if none was seen. */
interface Comparison {
  readonly ports: boolean | undefined;
  readonly addresses: boolean | undefined;
}

/**
 * What a NAT's mapping depends on, RFC 4787 §4.1: the weakest dependence that explains all samples.
 * Only what one socket sent to several places is compared; what is not compared is not denied. Of
 * the main socket that only counts where no other was compared, and none shows it to be wrong: a
 * router that takes for its own what calls it too early gives whom others know a new mapping.
 */
export function mappingDependence(
  samples: readonly MappingSample[],
  mainSocket: number,
): MappingFindings {
  const own = comparisonOf(samples.filter(({ socket }) => socket === mainSocket));
  const others = comparisonOf(samples.filter(({ socket }) => socket !== mainSocket));
  const isWrong =
    (own.ports === true && others.ports === false) ||
    (own.addresses === true && others.addresses === false);
  const onPort = others.ports ?? (isWrong ? undefined : own.ports);
  const onAddress = others.addresses ?? (isWrong ? undefined : own.addresses);
  const compared = { ports: onPort !== undefined, addresses: onAddress !== undefined };
  if (onPort === true) return { mapping: "address-and-port-dependent", compared };
  if (onAddress === true) return { mapping: "address-dependent", compared };
  const isKnown = compared.ports || compared.addresses;
  return { mapping: isKnown ? "endpoint-independent" : "unknown", compared };
}

function comparisonOf(samples: readonly MappingSample[]): Comparison {
  let ports: boolean | undefined;
  let addresses: boolean | undefined;
  for (const own of Map.groupBy(samples, ({ socket }) => socket).values()) {
    const current = [...sinceRemapped(own).values()];
    for (const [i, a] of current.entries()) {
      for (const b of current.slice(i + 1)) {
        const differs = a.mapped !== b.mapped;
        if (hostOf(a.destination) === hostOf(b.destination)) ports = differs || ports === true;
        else addresses = differs || addresses === true;
      }
    }
  }
  return { ports, addresses };
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
