import type { Kind } from "./natkinds.ts";

/**
 * One router: rules for `nft`, in which "wan" and "lan" are its interfaces, `$wan` and `$wan2` its
 * public addresses, and `$ports` a table from the numbers below 8192 to as many ports in a row.
 */
export interface Router {
  readonly rules: string;
  /** Below /proc/sys/net. */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** The longest that a mapping lives, however busy, in seconds; as if there were no limit. */
  readonly lifetimeSeconds?: number;
}

/** More than are ever in use at once: a sequence that comes round must not meet itself. */
const TABLE_PORTS = 8192;

/** RFC 7422 §2: carriers give a subscriber some hundreds of ports. */
const BLOCK = "20000-20511";

/** A large one: what is mapped anew for each address seldom meets itself. */
const MIDDLE_BLOCK = "20000-22047";

/** Wide enough that a mapping made anew gets another port; below those that Linux clients use. */
const WIDE_BLOCK = "20000-29999";

const UDP_OUT = 'oifname "wan" meta l4proto udp';

/** Drops what nobody asked for, before the router takes it for its own. */
const IN = `
table ip filter {
  chain in {
    type filter hook input priority 0
    iifname "wan" ct state established,related accept
    iifname "wan" drop
  }
}`;

const IN_REJECTING = IN.replace("drop", "reject");

const MASQUERADE = nat("masquerade");

/** What it translates so is UDP; all else leaves as from any home. */
function nat(post: string): string {
  return `
table ip nat {
  chain post {
    type nat hook postrouting priority srcnat
    ${UDP_OUT} ${post}
    oifname "wan" masquerade
  }
}`;
}

/** Every mapping is written down by its port, and whoever writes to that port is let through. */
function cone(further: { readonly pre?: string; readonly post?: string } = {}): string {
  return `
table ip nat {
  map mappings {
    type inet_service : ipv4_addr . inet_service
    flags dynamic,timeout
    timeout 300s
    size 65535
  }
  chain pre {
    type nat hook prerouting priority dstnat
    iifname "wan" meta l4proto udp dnat ip to udp dport map @mappings
    ${further.pre ?? ""}
  }
  chain post {
    type nat hook postrouting priority srcnat
    ${further.post ?? ""}
    ${UDP_OUT} update @mappings { udp sport timeout 300s : ip saddr . udp sport }
    oifname "wan" masquerade
  }
}${IN}`;
}

const HAIRPIN = {
  pre: 'iifname "lan" ip daddr $wan meta l4proto udp dnat ip to udp dport map @mappings',
  post: 'oifname "lan" ct status dnat meta l4proto udp snat to $wan',
};

/** Beside a full cone: whose address a port has been sent from, and to, is written down as well. */
const BY_ADDRESS = `
table ip permitted {
  set contacts {
    type ipv4_addr . ipv4_addr . inet_service
    flags dynamic,timeout
    timeout 300s
    size 65535
  }
  chain forward {
    type filter hook forward priority 0
    ${UDP_OUT} update @contacts { ip daddr . ip saddr . udp sport }
    iifname "wan" ct state established,related accept
    iifname "wan" ip saddr . ip daddr . udp dport @contacts accept
    iifname "wan" drop
  }
}`;

/** No translation: what went out may be answered, from there and no port else. */
const FIREWALL6 = `
table ip6 filter {
  chain forward {
    type filter hook forward priority 0
    ct state established,related accept
    iifname "wan" meta l4proto ipv6-icmp accept
    iifname "wan" drop
  }
}`;

/** A table of connections for each address outside: in one table an inner port has one mapping. */
const ZONES = `
table ip zones {
  chain pre {
    type filter hook prerouting priority raw
    iifname "lan" ct zone set jhash ip daddr mod 4096 seed 1
    iifname "wan" ct zone set jhash ip saddr mod 4096 seed 1
  }
}`;

const UDP_BLOCKED = `
table ip block {
  chain forward {
    type filter hook forward priority 0
    meta l4proto udp drop
  }
}`;

const HOME: Router = { rules: MASQUERADE + IN };
const SYMMETRIC: Router = { rules: nat("masquerade fully-random") + IN };

/** The routers of each kind, the one next to the client first; an open client has none. */
export const ROUTERS: Readonly<Record<Kind, readonly Router[]>> = {
  open: [],
  "full-cone": [{ rules: cone() }],
  "address-restricted": [{ rules: cone() + BY_ADDRESS }],
  "port-restricted": [HOME],
  // What comes too early becomes a conversation of the router's own, and its pair of endpoints is
  // taken when the client's answer leaves.
  poisoning: [{ rules: MASQUERADE }],
  rejecting: [{ rules: MASQUERADE + IN_REJECTING }],
  "symmetric-random": [SYMMETRIC],
  "symmetric-sequential": [
    { rules: nat(`snat to $wan : numgen inc mod ${TABLE_PORTS} map { $ports }`) + IN },
  ],
  "block-independent": [{ rules: nat(`snat to $wan:${BLOCK}`) + IN }],
  "block-dependent": [{ rules: nat(`snat to $wan:${BLOCK} random`) + IN }],
  "address-dependent": [{ rules: nat(`snat to $wan:${MIDDLE_BLOCK}`) + IN + ZONES }],
  "carrier-restricted": [HOME, HOME],
  "carrier-symmetric": [HOME, SYMMETRIC],
  "symmetric-at-home": [SYMMETRIC, HOME],
  "paired-pool": [{ rules: nat("snat to $wan-$wan2 persistent") + IN }],
  "arbitrary-pool": [
    { rules: nat("snat to numgen random mod 2 map { 0 : $wan, 1 : $wan2 } fully-random") + IN },
  ],
  hairpin: [{ rules: cone(HAIRPIN) }],
  "no-hairpin": [HOME],
  firewall6: [{ rules: FIREWALL6 }],
  "dual-stack": [{ rules: SYMMETRIC.rules + FIREWALL6 }],
  "udp-blocked": [{ rules: MASQUERADE + IN + UDP_BLOCKED }],
  "short-lived": [
    {
      rules: MASQUERADE + IN,
      sysctls: {
        "netfilter/nf_conntrack_udp_timeout": "10",
        "netfilter/nf_conntrack_udp_timeout_stream": "10",
      },
    },
  ],
  aged: [{ rules: nat(`snat to $wan:${WIDE_BLOCK}`) + IN, lifetimeSeconds: 50 }],
};

/** What a router at these addresses loads, a sequence of its ports beginning at `firstPort`. */
export function rulesAt(router: Router, wan: string, wan2: string, firstPort: number): string {
  return router.rules
    .replaceAll("$wan2", wan2)
    .replaceAll("$wan", wan)
    .replaceAll("$ports", () => portTable(firstPort));
}

/** A table, because `numgen` cannot name a port: its number is not in the network's byte order. */
function portTable(firstPort: number): string {
  return Array.from(
    { length: TABLE_PORTS },
    (_, index) => `${index} : ${firstPort + index}`,
  ).join();
}

/** So many times the ports of a restarted router are others than before. */
const RESTARTS_MAX = 22;

/**
 * After a restart, the lab's `count`th, with other ports: in front of what the router loaded
 * before. For routers that have one mapping for everyone and are no cones.
 */
export function otherPorts(count: number): string {
  // Below those that the system gives out: one of those would be kept where it is among these.
  const first = 10_000 + 1000 * (count % RESTARTS_MAX);
  return `
table ip restarted
delete table ip restarted
table ip restarted {
  chain post {
    type nat hook postrouting priority srcnat - 1
    oifname "wan" meta l4proto udp masquerade to :${first}-${first + 999}
  }
}`;
}
