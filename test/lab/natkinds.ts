/** What a mapping, or the permission to answer, depends on: RFC 4787 §4.1 and §5. */
export type Dependence =
  "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

/** How a router deals with one family of addresses. */
export interface Behaviour {
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  /** `block`: at random within some hundred ports. Matters where the mapping is not independent. */
  readonly allocation: "preserving" | "sequential" | "block" | "random";
  /** `any`: each mapping bears either of two public addresses. */
  readonly pooling: "one" | "any";
}

/** One kind of access to the internet. */
export interface NatKind {
  /** For people, in a table's head. */
  readonly label: string;
  /** Undefined where the kind has no such addresses, or lets no UDP through. */
  readonly v4: Behaviour | undefined;
  readonly v6: Behaviour | undefined;
  /** The kind's two clients are on one network, behind one router. */
  readonly isShared: boolean;
}

const INDEPENDENT = "endpoint-independent";
const BY_ADDRESS = "address-dependent";
const BY_PORT = "address-and-port-dependent";

function behaviour(
  mapping: Dependence,
  filtering: Dependence,
  allocation: Behaviour["allocation"],
  pooling: Behaviour["pooling"] = "one",
): Behaviour {
  return { mapping, filtering, allocation, pooling };
}

const OPEN = behaviour(INDEPENDENT, INDEPENDENT, "preserving");
const HOME = behaviour(INDEPENDENT, BY_PORT, "preserving");
const RANDOM = behaviour(BY_PORT, BY_PORT, "random");

/** Apart, and with IPv4 alone, as most kinds are. */
function kind(label: string, v4: Behaviour | undefined, rest: Partial<NatKind> = {}): NatKind {
  return { label, v4, v6: undefined, isShared: false, ...rest };
}

const KINDS = {
  open: kind("open", OPEN, { v6: OPEN }),
  "full-cone": kind("full cone", OPEN),
  "address-restricted": kind(
    "address-restricted",
    behaviour(INDEPENDENT, BY_ADDRESS, "preserving"),
  ),
  "port-restricted": kind("port-restricted", HOME),
  poisoning: kind("port-restricted, poisoned by early probes", HOME),
  rejecting: kind("port-restricted, rejecting", HOME),
  "symmetric-random": kind("symmetric, random", RANDOM),
  "symmetric-sequential": kind("symmetric, sequential", behaviour(BY_PORT, BY_PORT, "sequential")),
  "block-independent": kind("port block, one mapping", behaviour(INDEPENDENT, BY_PORT, "block")),
  "block-dependent": kind("port block, symmetric", behaviour(BY_PORT, BY_PORT, "block")),
  "address-dependent": kind("one mapping per address", behaviour(BY_ADDRESS, BY_PORT, "block")),
  "carrier-restricted": kind("home behind port-restricted carrier", HOME),
  "carrier-symmetric": kind("home behind symmetric carrier", RANDOM),
  "symmetric-at-home": kind("symmetric home behind port-restricted carrier", RANDOM),
  "paired-pool": kind("several addresses, paired", HOME),
  "arbitrary-pool": kind(
    "several addresses, arbitrary",
    behaviour(BY_PORT, BY_PORT, "random", "any"),
  ),
  hairpin: kind("one LAN, hairpin", OPEN, { isShared: true }),
  "no-hairpin": kind("one LAN, no hairpin", HOME, { isShared: true }),
  firewall6: kind("IPv6 alone, firewall", undefined, { v6: HOME }),
  "dual-stack": kind("symmetric IPv4, IPv6 firewall", RANDOM, { v6: HOME }),
  "udp-blocked": kind("UDP blocked", undefined),
  "short-lived": kind("mappings of 10 s", HOME),
  aged: kind("mappings of 50 s in all", behaviour(INDEPENDENT, BY_PORT, "block")),
} satisfies Record<string, NatKind>;

export type Kind = keyof typeof KINDS;

export const NAT_KINDS: Readonly<Record<Kind, NatKind>> = KINDS;

/** In the order of the tables: from the most open to the oddest. */
export const KIND_NAMES: readonly Kind[] = Object.keys(NAT_KINDS).filter(isKind);

export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}

/**
 * - `easy`: both fire at once and answer where they were asked.
 * - `technique`: one side's port must be predicted, or met by a birthday.
 * - `infeasible`: directly not, within any number of probes that one may send.
 */
export type Feasibility = "easy" | "technique" | "infeasible";

/** What theory says of two clients who are behind routers of their own, or share one. */
export function feasible(a: Kind, b: Kind): Feasibility {
  const [one, other] = [NAT_KINDS[a], NAT_KINDS[b]];
  if (a === b && one.isShared) return "easy";
  const [by4, by6] = [byFamily(one.v4, other.v4), byFamily(one.v6, other.v6)];
  if (by4 === "easy" || by6 === "easy") return "easy";
  return by4 === "technique" || by6 === "technique" ? "technique" : "infeasible";
}

/** Whether what others see of a client's port is not what its peer will see. */
export function isHard(name: Kind): boolean {
  const { v4, v6 } = NAT_KINDS[name];
  return (v4 ?? v6)?.mapping !== INDEPENDENT;
}

function byFamily(a: Behaviour | undefined, b: Behaviour | undefined): Feasibility {
  if (a === undefined || b === undefined) return "infeasible";
  const [aIsEasy, bIsEasy] = [a.mapping === INDEPENDENT, b.mapping === INDEPENDENT];
  if (aIsEasy && bIsEasy) return "easy";
  if (aIsEasy) return easyWithHard(a, b);
  if (bIsEasy) return easyWithHard(b, a);
  // Each guesses where the other's allocator will be; with any other allocator a guess of one side
  // would have to meet a guess of the other.
  return a.allocation === "sequential" && b.allocation === "sequential"
    ? "technique"
    : "infeasible";
}

function easyWithHard(easy: Behaviour, hard: Behaviour): Feasibility {
  switch (easy.filtering) {
    case "endpoint-independent":
      return "easy";
    case "address-dependent":
      // The filter must have been opened for the very address that the hard side's mapping bears.
      return hard.pooling === "one" ? "easy" : "technique";
    case "address-and-port-dependent":
      // Of a birthday's sockets half lie at the one of two addresses that is searched: enough.
      return "technique";
    default:
      return easy.filtering satisfies never;
  }
}
