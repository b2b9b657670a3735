import {
  type Address,
  addressParts,
  addressScope,
  formatAddress,
  hostOf,
} from "../base/address.ts";
import { CANDIDATES_MAX } from "../wire/limits.ts";

/** The candidates of one client as the server passes them on. */
export interface Forwarded {
  /** Whether the client itself reaches the server over loopback. */
  readonly isNear: boolean;
  /** To a client that reaches the server over loopback. */
  readonly near: readonly Address[];
  /** To everybody else. */
  readonly far: readonly Address[];
}

/** For a client seen there, at the first place now, that says it is reached at `announced`. */
export function forwardedOf(
  observed: readonly Address[],
  announced: readonly Address[],
): Forwarded {
  const far = candidatesToForward(observed, announced, false);
  const isNear = observed[0] !== undefined && addressScope(observed[0]) === "loopback";
  return { isNear, near: isNear ? candidatesToForward(observed, announced, true) : far, far };
}

/**
 * The addresses observed, then announced private and link-local ones, then announced ones whose IP
 * is one of those observed: nobody can aim others at a public address that is not his.
 * `overLoopback` says that both clients reach the server over loopback; only then are its addresses
 * of any use.
 */
export function candidatesToForward(
  observed: readonly Address[],
  announced: readonly Address[],
  overLoopback: boolean,
): Address[] {
  const seen = observed.map(withoutZone);
  const seenHosts = new Set(seen.map(hostOf));
  const local: Address[] = [];
  const sameHost: Address[] = [];
  for (const address of announced.map(withoutZone)) {
    const scope = addressScope(address);
    if (scope === "private" || scope === "link-local" || (scope === "loopback" && overLoopback)) {
      local.push(address);
    } else if (scope === "public" && seenHosts.has(hostOf(address))) {
      sameHost.push(address);
    }
  }
  const ofUse = seen.filter((address) => {
    const scope = addressScope(address);
    return scope === "loopback" ? overLoopback : scope !== "unusable";
  });
  const distinct = new Set([...ofUse, ...local, ...sameHost]);
  return [...distinct].slice(0, CANDIDATES_MAX);
}

/** A zone names an interface of one machine, and the wire has no place for it. */
function withoutZone(address: Address): Address {
  return address.includes("%")
    ? formatAddress({ ...addressParts(address), zone: undefined })
    : address;
}
