import { type Address, addressScope, hostOf } from "../base/address.ts";
import type { Dependence, NatReport } from "../wire/nat.ts";
import { portAllocation } from "./allocation.ts";
import { type MappingFindings, mappingDependence, type MappingSample } from "./dependence.ts";
import { type Evidence, serverSees } from "./evidence.ts";

/** So many must say that they see another address: one alone might lie. */
const WITNESSES_MIN = 2;

/**
 * Judges all that was seen. `now` only tells how old it is; `isSilent`, that nothing else is heard
 * from outside, and that no answer is waited for.
 */
export function natReport(now: number, evidence: Evidence, isSilent: boolean): NatReport {
  const { mapping, compared } = mappingOf(evidence);
  const found = portAllocation(evidence.samples, evidence.openings);
  const { allocation, addresses, recentPorts, newestAtMs = now } = found;
  return {
    mapping,
    compared,
    filtering: filteringOf(evidence),
    allocation,
    addresses,
    isTranslated: isTranslated(evidence),
    poisons: poisonsOf(evidence, mapping),
    hairpin: evidence.hairpin,
    isBlocked: isSilent && evidence.samples.length === 0,
    recentPorts,
    portsAgeMs: Math.max(0, now - newestAtMs),
    crossTrafficPerSecond: Math.round(found.crossTrafficPerSecond),
  };
}

/**
 * Peers are asked where the server has one address only. Those who see what it sees confirm it;
 * those who see something else count when they are two, from two addresses.
 */
function mappingOf(evidence: Evidence): MappingFindings {
  const { samples, mainSocket, server, witnesses } = evidence;
  const observed = mappingDependence(samples, mainSocket);
  const seen = serverSees(evidence);
  if (observed.compared.addresses || server === undefined || seen === undefined) return observed;
  const others = [...witnesses].filter(
    ([peer, mapped]) => isLike(peer, server) && isLike(mapped, seen),
  );
  const unlike = others.filter(([, mapped]) => mapped !== seen);
  const believesUnlike = new Set(unlike.map(([peer]) => hostOf(peer))).size >= WITNESSES_MIN;
  const believed = believesUnlike ? others : others.filter(([, mapped]) => mapped === seen);
  const atMs = samples.findLast(({ socket }) => socket === mainSocket)?.atMs ?? 0;
  const told = believed.map(([destination, mapped]): MappingSample => {
    return { atMs, socket: mainSocket, localPort: undefined, destination, mapped, isFresh: false };
  });
  return mappingDependence([...samples, ...told], mainSocket);
}

/** Of one family, and of one kind of place. */
function isLike(address: Address, other: Address): boolean {
  if (address.startsWith("[") !== other.startsWith("[")) return false;
  return addressScope(address) === addressScope(other);
}

function isTranslated(evidence: Evidence): boolean | undefined {
  const seen = serverSees(evidence);
  const isUnknown = seen === undefined || evidence.local.length === 0;
  return isUnknown ? undefined : !evidence.local.includes(seen);
}

/** Without an answer from another address none was asked for, or it was refused. */
function filteringOf({ passesPort, passesAddress }: Evidence): Dependence | "unknown" {
  if (passesAddress === true) return "endpoint-independent";
  if (passesPort === true) return "address-dependent";
  return passesPort === false ? "address-and-port-dependent" : "unknown";
}

/** Where every destination gets a mapping of its own, another one proves nothing. */
function poisonsOf(
  { passesPort, remaps }: Evidence,
  mapping: NatReport["mapping"],
): boolean | undefined {
  if (passesPort === true) return false;
  const isSteady = mapping === "endpoint-independent" || mapping === "address-dependent";
  return isSteady ? remaps : undefined;
}
