import { KINDS, type KindName } from "./kinds.ts";
import type { NatBehaviour } from "./nat.ts";
import type { Family, Router } from "./network.ts";
import type { Place } from "./oracle.ts";
import type { Prng } from "./prng.ts";
import type { Simulation } from "./scenario.ts";

/** Where clients of a kind are, behind routers of their own. */
export interface Site {
  /** The one next to them first; none in the open. */
  readonly routers: readonly Router[];
  readonly families: readonly Family[];
  readonly place: Place;
}

export interface SiteOptions {
  /** Behind it rather than one of its own. */
  readonly carrier?: Router | undefined;
  /** Of the outermost router, whatever the kind says. */
  readonly hairpin?: boolean;
}

const CARRIER_PREFIX = "100.64.0.";

/** No two are alike in what their kind leaves open. */
export function siteOf(
  sim: Simulation,
  kind: KindName,
  prng: Prng,
  { carrier, hairpin }: SiteOptions = {},
): Site {
  const { routers: behaviours, firewall, families } = KINDS[kind];
  const routers: Router[] = carrier === undefined ? [] : [carrier];
  for (const [i, behaviour] of [...behaviours.entries()].toReversed()) {
    if (i === 1 && carrier !== undefined) continue;
    const [outer] = routers;
    const options = i === 0 ? { firewall } : { prefix: CARRIER_PREFIX };
    const known = outer === undefined && hairpin !== undefined ? { hairpin } : {};
    const outside = outer && { outside: outer.inside };
    routers.unshift(
      sim.nat(kind, { ...varied(behaviour, prng), ...known }, { ...options, ...outside }),
    );
  }
  return { routers, families, place: { gates: routers.map(gateOf), families } };
}

function gateOf({ id, nat, firewall }: Router): Place["gates"][number] {
  return { id, nat: nat.behaviour, firewall: firewall?.behaviour };
}

/** In what decides nothing. */
function varied(behaviour: Partial<NatBehaviour>, prng: Prng): Partial<NatBehaviour> {
  const allocations = [
    { kind: "preserving" },
    { kind: "sequential", step: 1 },
    { kind: "random" },
  ] as const;
  return {
    allocation: allocations[prng.below(allocations.length)] ?? allocations[0],
    expiryMs: 30_000 + prng.below(90_000),
    hairpin: prng.chance(0.5),
    ...behaviour,
  };
}
