import { NAT_DEFAULTS, type Dependence, type NatBehaviour } from "./nat.ts";
import type { Family } from "./network.ts";

/** One kind of access to the internet. */
export interface Kind {
  /** What its routers do with IPv4, the one next to the client first; none where it is open. */
  readonly routers: readonly Partial<NatBehaviour>[];
  /** The one next to the client, with IPv6. */
  readonly firewall: NatBehaviour | undefined;
  readonly families: readonly Family[];
}

const BY_ADDRESS: Dependence = "address-dependent";
const BY_PORT: Dependence = "address-and-port-dependent";

/** RFC 7422 §2: carriers give a subscriber some hundreds of ports. */
const BLOCK = { kind: "block", ports: 512 } as const;

const RESTRICTED: Partial<NatBehaviour> = { filtering: BY_PORT };
const SYMMETRIC: Partial<NatBehaviour> = { mapping: BY_PORT, filtering: BY_PORT };
const RANDOM: Partial<NatBehaviour> = { ...SYMMETRIC, allocation: { kind: "random" } };

/** A firewall that lets in what answers, as IPv6 routers are delivered: RFC 6092 §3.2. */
export const FIREWALL: NatBehaviour = {
  ...NAT_DEFAULTS,
  translation: "none",
  filtering: BY_PORT,
};

/**
 * Where a kind says nothing of how ports are allocated, it may be any way: it decides nothing. The
 * lab has the same kinds under the same names, made of Linux.
 */
const ALL = {
  open: { routers: [], firewall: undefined, families: [4, 6] },
  "full-cone": v4({ filtering: "endpoint-independent" }),
  "address-restricted": v4({ filtering: BY_ADDRESS }),
  "port-restricted": v4(RESTRICTED),
  poisoning: v4({ ...RESTRICTED, allocation: { kind: "preserving" }, unsolicited: "poison" }),
  rejecting: v4({ ...RESTRICTED, unsolicited: "reject" }),
  "symmetric-random": v4(RANDOM),
  "symmetric-sequential": v4(sequential(1)),
  "symmetric-descending": v4(sequential(-2)),
  "symmetric-busy": v4({ ...sequential(1), crossPerSecond: 10 }),
  "block-independent": v4({ ...RESTRICTED, allocation: BLOCK }),
  "block-dependent": v4({ ...SYMMETRIC, allocation: BLOCK }),
  "address-dependent": v4({ mapping: BY_ADDRESS, filtering: BY_PORT, allocation: BLOCK }),
  "carrier-restricted": v4(RESTRICTED, RESTRICTED),
  "carrier-symmetric": v4(RESTRICTED, RANDOM),
  "carrier-block": v4(RESTRICTED, { ...SYMMETRIC, allocation: BLOCK }),
  "symmetric-at-home": v4(RANDOM, { ...RESTRICTED, allocation: { kind: "preserving" } }),
  "paired-pool": v4({ ...RESTRICTED, addresses: 2 }),
  "arbitrary-pool": v4({ ...RANDOM, addresses: 2, pooling: "arbitrary" }),
  hairpin: v4({ filtering: "endpoint-independent", hairpin: true }),
  "no-hairpin": v4({ ...RESTRICTED, hairpin: false }),
  firewall6: { routers: [RESTRICTED], firewall: FIREWALL, families: [6] },
  "dual-stack": { routers: [RANDOM], firewall: FIREWALL, families: [4, 6] },
  "udp-blocked": v4({ udp: "dropped" }),
  "udp-rejected": v4({ udp: "rejected" }),
  "short-lived": v4({ ...RESTRICTED, expiryMs: 10_000 }),
  aged: v4({ ...RESTRICTED, allocation: { kind: "random" }, lifetimeMs: 50_000 }),
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof ALL;

export const KINDS: Readonly<Record<KindName, Kind>> = ALL;

/** From the most open to the oddest. */
export const KIND_NAMES: readonly KindName[] = Object.keys(ALL).filter(isKindName);

function isKindName(name: string): name is KindName {
  return Object.hasOwn(ALL, name);
}

/** With IPv4 alone. */
function v4(...routers: readonly Partial<NatBehaviour>[]): Kind {
  return { routers, firewall: undefined, families: [4] };
}

function sequential(step: number): Partial<NatBehaviour> {
  return { ...SYMMETRIC, allocation: { kind: "sequential", step } };
}
