import { KIND_NAMES, NAT_KINDS, type Kind } from "./natkinds.ts";
import { ROUTERS, rulesAt, type Router } from "./routers.ts";

/** Each kind has two clients: behind routers of their own, or on one network behind one. */
export type Side = 1 | 2;

/** In the open, for those whom others have in common. */
export const COMMON_PLACE = "open.3";

/** Where a client of the lab can be, such as "full-cone.1". */
export type ClientPlace = `${Kind}.${Side}` | typeof COMMON_PLACE;

/** Where a process of the lab can run. */
export type Place = "server" | ClientPlace;

/** How a place is reached. */
export interface Site {
  /** Its own addresses; undefined where it has none of the family. */
  readonly v4: string | undefined;
  readonly v6: string | undefined;
  /** Under which the internet sees its IPv4, the usual one first. */
  readonly public: readonly string[];
  /** What belongs to the place, as the core sees it: whole bytes of addresses, in hexadecimal. */
  readonly prefixes: readonly string[];
}

/** A namespace to be made. */
export interface Host {
  readonly name: string;
  /** Commands of `ip` in it, after the links are there. */
  readonly ip: readonly string[];
  /** For `nft`. */
  readonly rules?: string;
  /** The router that it is. */
  readonly router?: Router;
}

/** What is to be made for a place; what another plan has made already is made once. */
export interface Plan {
  /** Equal for places that share all of it but their own namespace. */
  readonly site: string;
  readonly number: number;
  /** The place's own namespace. */
  readonly client: Host;
  readonly clientLink: Link;
  /** Commands of `ip` at the link's other end, where that is a router. */
  readonly attaching: readonly string[];
  /** From the one next to the client to the one next to the core. */
  readonly routers: readonly Host[];
  readonly links: readonly Link[];
  /** Commands of `ip` in the core. */
  readonly core: readonly string[];
}

/** A pair of interfaces, each in its namespace. */
export interface Link {
  readonly a: readonly [namespace: string, interfaceName: string];
  readonly b: readonly [namespace: string, interfaceName: string];
}

/**
 * Counts the datagrams between the server and the internet by the other side's address and their
 * length; what it tells its own network is none of that.
 */
const COUNTING = `
table ip count {
  set in { typeof ip saddr . udp sport . udp length; size 65535; flags dynamic; counter; }
  set out { typeof ip daddr . udp dport . udp length; size 65535; flags dynamic; counter; }
  chain in {
    type filter hook input priority -300
    ip saddr { 127.0.0.0/8, 198.51.100.0/24 } return
    meta l4proto udp update @in { ip saddr . udp sport . udp length }
  }
  chain out {
    type filter hook output priority 300
    ip daddr { 127.0.0.0/8, 198.51.100.0/24, 224.0.0.0/4 } return
    meta l4proto udp update @out { ip daddr . udp dport . udp length }
  }
}`;

export const CORE = "core";

const SERVER: Site = {
  v4: "198.51.100.10",
  v6: "2001:db8:ffff::10",
  public: ["198.51.100.10", "198.51.100.11"],
  prefixes: [hex("198.51.100"), "20010db8ffff"],
};

export function clientPlace(kind: Kind, side: Side): ClientPlace {
  return `${kind}.${side}`;
}

export function siteOf(place: Place): Site {
  if (place === "server") return SERVER;
  const { kind, side } = parts(place);
  const number = numberOf(kind, side);
  const { v4, v6 } = NAT_KINDS[kind];
  const isOpen = ROUTERS[kind].length === 0;
  const inner4 = isOpen ? `203.0.${number}.2` : `${lan4(kind)}.${9 + side}`;
  const inner6 = isOpen ? `2001:db8:${number}::2` : `2001:db8:${number}:1::${9 + side}`;
  return {
    // One whose UDP is blocked has the address all the same.
    v4: v4 === undefined && v6 !== undefined ? undefined : inner4,
    v6: v6 === undefined ? undefined : inner6,
    public: isOpen ? [inner4] : publicOf(number),
    prefixes: [hex(`203.0.${number}`), `20010db8${number.toString().padStart(4, "0")}`],
  };
}

/** The server's end of the internet. */
export function serverPlan(): Plan {
  return {
    site: "server",
    number: 0,
    client: {
      name: "server",
      rules: COUNTING,
      ip: [
        ...["198.51.100.10/24", "198.51.100.11/24"].map((ip) => `address add ${ip} dev eth0`),
        add6("2001:db8:ffff::10/64", "eth0"),
        // Never the one that is answered from by those who leave the choice to the kernel.
        `${add6("2001:db8:ffff::11/64", "eth0")} preferred_lft 0`,
        "link set eth0 up",
        "route add default via 198.51.100.1",
        "route add ::/0 via 2001:db8:ffff::1",
      ],
    },
    clientLink: { a: [CORE, "server"], b: ["server", "eth0"] },
    attaching: [],
    routers: [],
    links: [],
    core: [
      "address add 198.51.100.1/24 dev server",
      add6("2001:db8:ffff::1/64", "server"),
      "link set server up",
    ],
  };
}

export function planOf(place: ClientPlace): Plan {
  const { kind, side } = parts(place);
  const number = numberOf(kind, side);
  const { isShared } = NAT_KINDS[kind];
  const site = isShared ? kind : place;
  const routers = ROUTERS[kind].map((router, index) => {
    const isOutermost = index === ROUTERS[kind].length - 1;
    const wan = isOutermost ? publicEnd(number, "wan") : carrierEnd(number);
    const inner = index === 0 ? lanEnd(kind, number) : carrierLan(number);
    const [wan1, wan2] = isOutermost ? publicOf(number) : [`100.64.${number}.2`, ""];
    const rules = rulesAt(router, wan1, wan2, 20_000 + 64 * number);
    return { name: `${site}.router${index + 1}`, router, rules, ip: [...inner, ...wan] };
  });
  const [first] = routers;
  const port = isShared ? `port${side}` : "lan";
  const clientLink: Link =
    first === undefined
      ? { a: [CORE, `c${number}`], b: [place, "eth0"] }
      : { a: [first.name, port], b: [place, "eth0"] };
  const links = routers.map(({ name }, index): Link => {
    const outer = routers[index + 1];
    const to =
      outer === undefined ? ([CORE, `c${number}`] as const) : ([outer.name, "lan"] as const);
    return { a: to, b: [name, "wan"] };
  });
  const ip = first === undefined ? publicEnd(number, "eth0") : clientEnd(place, kind, number);
  return {
    site,
    number,
    client: { name: place, ip },
    clientLink,
    attaching: isShared ? [`link set ${port} master lan`, `link set ${port} up`] : [],
    routers,
    links,
    core: coreEnd(number, first !== undefined),
  };
}

function publicOf(number: number): [string, string] {
  return [`203.0.${number}.2`, `203.0.${number}.3`];
}

function parts(place: ClientPlace): { readonly kind: Kind; readonly side: number } {
  const kind = KIND_NAMES.find((name) => place.slice(0, -2) === name) ?? "open";
  return { kind, side: Number(place.at(-1)) };
}

/** Those who share a network share its number. */
function numberOf(kind: Kind, side: number): number {
  if (side > 2) return 1 + KIND_NAMES.length * 2;
  return 1 + KIND_NAMES.indexOf(kind) * 2 + (NAT_KINDS[kind].isShared ? 0 : side - 1);
}

/** All homes have the same private network, as most homes have; the shared ones another. */
function lan4(kind: Kind): string {
  return NAT_KINDS[kind].isShared ? "10.0.0" : "192.168.1";
}

function coreEnd(number: number, hasRouter: boolean): string[] {
  return [
    `address add 203.0.${number}.1/24 dev c${number}`,
    add6(`2001:db8:${number}::1/64`, `c${number}`),
    `link set c${number} up`,
    ...(hasRouter ? [`route add 2001:db8:${number}:1::/64 via 2001:db8:${number}::2`] : []),
  ];
}

/** The end of a link that has public addresses; the second is for those who have several. */
function publicEnd(number: number, device: string): string[] {
  const second = device === "wan" ? [`address add 203.0.${number}.3/24 dev wan`] : [];
  return [
    `address add 203.0.${number}.2/24 dev ${device}`,
    ...second,
    add6(`2001:db8:${number}::2/64`, device),
    `link set ${device} up`,
    `route add default via 203.0.${number}.1`,
    `route add ::/0 via 2001:db8:${number}::1`,
  ];
}

/** Between a home and its carrier: RFC 6598. */
function carrierEnd(number: number): string[] {
  return [
    `address add 100.64.${number}.2/24 dev wan`,
    "link set wan up",
    `route add default via 100.64.${number}.1`,
  ];
}

function carrierLan(number: number): string[] {
  return [`address add 100.64.${number}.1/24 dev lan`, "link set lan up"];
}

function lanEnd(kind: Kind, number: number): string[] {
  const { isShared, v6 } = NAT_KINDS[kind];
  return [
    ...(isShared ? ["link add lan type bridge"] : []),
    `address add ${lan4(kind)}.1/24 dev lan`,
    ...(v6 === undefined ? [] : [add6(`2001:db8:${number}:1::1/64`, "lan")]),
    "link set lan up",
  ];
}

function clientEnd(place: ClientPlace, kind: Kind, number: number): string[] {
  const { v4, v6 } = siteOf(place);
  const by4 = [`address add ${v4}/24 dev eth0`, `route add default via ${lan4(kind)}.1`];
  const by6 = [add6(`${v6}/64`, "eth0"), `route add ::/0 via 2001:db8:${number}:1::1`];
  return ["link set eth0 up", ...(v4 === undefined ? [] : by4), ...(v6 === undefined ? [] : by6)];
}

function add6(address: string, device: string): string {
  return `address add ${address} dev ${device} nodad`;
}

/** The bytes of the beginning of an IPv4 address. */
function hex(beginning: string): string {
  return Uint8Array.from(beginning.split("."), Number).toHex();
}
