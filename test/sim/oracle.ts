import { PORT_COUNT, type PortAllocation } from "./allocator.ts";
import { missOdds, type Chance } from "./chance.ts";
import type { Dependence, NatBehaviour } from "./nat.ts";
import type { Family } from "./network.ts";

/** A router as far as it decides who can meet. */
export interface Gate {
  /** Equal for clients behind the same router. */
  readonly id: number;
  readonly nat: NatBehaviour;
  readonly firewall: NatBehaviour | undefined;
}

/** Where a client stands. */
export interface Place {
  /** From the one next to it to the one on the internet; none in the open. */
  readonly gates: readonly Gate[];
  /** Its addresses; at the first family's the introducer sees it. */
  readonly families: readonly Family[];
}

/**
 * How two that can connect do so at the least; each includes those before it.
 *
 * - `fire`: both send, again and again, to where the introducer saw the other, or its neighbour.
 * - `answer`: the easy side answers to the source it saw, since the hard side's port for it is one
 *   that nobody could announce.
 * - `open first`: one's router must not be reached before one has sent, or it changes the port.
 * - `other family`: the introducer sees one of them by IPv4, and IPv6 is all that both have.
 * - `each address`: the hard side's mapping may bear any of several addresses.
 * - `predict`: the easy side sends to the ports that are next.
 * - `block birthday`: several mappings meet several guesses within one block of ports.
 * - `predict both`: mappings of both sides run past one another.
 * - `birthday`: the same as in a block, in all ports.
 * - `pooled birthday`: the same at one of several addresses; the mappings at others are in vain.
 */
export const TECHNIQUES = [
  "fire",
  "answer",
  "open first",
  "other family",
  "each address",
  "predict",
  "block birthday",
  "predict both",
  "birthday",
  "pooled birthday",
] as const;

export type Technique = (typeof TECHNIQUES)[number];

/** Not directly within any number of probes that one may send; or not at all, without UDP. */
export type Verdict =
  | {
      readonly reach: "direct";
      readonly by: Technique;
      /** Of one attempt; undefined where it takes no luck. */
      readonly chance: Chance | undefined;
    }
  | { readonly reach: "relay" }
  | { readonly reach: "none" };

/** What is visible from the internet of all the translators that a client is behind. */
interface Facade {
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  readonly allocation: PortAllocation["kind"];
  readonly isPooled: boolean;
  readonly addresses: number;
  readonly isPoisoned: boolean;
  /** From the client to the outermost of them. */
  readonly hops: number;
}

/** As many probes, to as many sockets, as one birthday may take. */
const BIRTHDAY = { sockets: 256, probes: 2048, ports: PORT_COUNT } as const;

/** The same in a block of the usual size. */
const BLOCK_BIRTHDAY = { sockets: 16, probes: 128, ports: 512 } as const;

/** Above, an attempt is not worth its probes. At one of two addresses the odds are 1.6 %. */
const MISS_ODDS_MAX = 0.02;

/** What theory says of two clients, whose introducer is a third party on the open internet. */
export function verdict(a: Place, b: Place): Verdict {
  if (isMute(a) || isMute(b)) return { reach: "none" };
  if (a.gates[0] !== undefined && a.gates[0].id === b.gates[0]?.id) return certain("fire");
  const ways = a.families.filter((family) => b.families.includes(family));
  const [best] = ways
    .flatMap((family) => byFamily(a, b, family) ?? [])
    .toSorted((one, other) => TECHNIQUES.indexOf(one.by) - TECHNIQUES.indexOf(other.by));
  return best ?? { reach: "relay" };
}

type Direct = Extract<Verdict, { reach: "direct" }>;

function certain(by: Technique): Direct {
  return { reach: "direct", by, chance: undefined };
}

/** Without an introducer nobody is found but on one's own network, and that takes no router. */
function isMute({ gates, families }: Place): boolean {
  return families.every((family) => {
    return gates.some((gate) => (translatorOf(gate, family)?.udp ?? "passes") !== "passes");
  });
}

function byFamily(a: Place, b: Place, family: Family): Direct | undefined {
  const [as, bs] = [translators(a, family), translators(b, family)];
  if ([...as, ...bs].some(({ udp }) => udp !== "passes")) return undefined;
  const common = family === 4 && a.gates.find(({ id }) => b.gates.some((gate) => gate.id === id));
  // What goes to the common router's own address must come back through it.
  if (common && b.gates.at(-1)?.nat.hairpin === false) return undefined;
  const met = meet(facadeOf(as), facadeOf(bs));
  const isSeen = a.families[0] === family && b.families[0] === family;
  return met?.by === "fire" && !isSeen ? certain("other family") : met;
}

function meet(a: Facade, b: Facade): Direct | undefined {
  const [isAEasy, isBEasy] = [isEasy(a), isEasy(b)];
  if (!isAEasy && !isBEasy) {
    // One guess of a port costs a mapping each of both; only a pattern spares the guessing.
    const arePatterns = a.allocation === "sequential" && b.allocation === "sequential";
    return arePatterns ? certain("predict both") : undefined;
  }
  if (isAEasy && isBEasy) return certain(easier(a, b));
  return isAEasy ? meetHard(a, b) : meetHard(b, a);
}

/**
 * Both keep one port whoever they send to, so what the introducer saw is what a peer reaches, and
 * each opens its own filter by sending.
 */
function easier(a: Facade, b: Facade): Technique {
  const moves = [a, b].filter(({ isPoisoned }) => isPoisoned);
  if (moves.length === 0) return "fire";
  const isLetIn = [a, b].some(({ isPoisoned, filtering }) => {
    return !isPoisoned && filtering !== "address-and-port-dependent";
  });
  return isLetIn ? "answer" : "open first";
}

/** The easy side's filter must let in a port that it has never sent to. */
function meetHard(easy: Facade, hard: Facade): Direct | undefined {
  switch (easy.filtering) {
    case "endpoint-independent":
      return certain("answer");
    case "address-dependent":
      return certain(hard.isPooled ? "each address" : "answer");
    case "address-and-port-dependent":
      return guess(easy, hard);
    default:
      return easy.filtering satisfies never;
  }
}

function guess(easy: Facade, hard: Facade): Direct | undefined {
  const { allocation, addresses, isPooled } = hard;
  const hops = { openerHops: hard.hops, probeHops: easy.hops + 1 + hard.hops };
  const byChance = (by: Technique, birthday: Omit<Chance, keyof typeof hops>): Direct => {
    return { reach: "direct", by, chance: { ...birthday, ...hops } };
  };
  if (isPooled) {
    // One of the mappings at one of so many addresses is to be hit.
    const pooled = { ...BIRTHDAY, sockets: BIRTHDAY.sockets / addresses };
    const isHopeless = missOdds({ ...pooled, ...hops }, 0) > MISS_ODDS_MAX;
    return isHopeless ? undefined : byChance("pooled birthday", pooled);
  }
  switch (allocation) {
    case "sequential":
      return certain("predict");
    case "block":
      return byChance("block birthday", BLOCK_BIRTHDAY);
    case "preserving":
    case "random":
      return byChance("birthday", BIRTHDAY);
    default:
      return allocation satisfies never;
  }
}

function isEasy({ mapping }: Facade): boolean {
  return mapping === "endpoint-independent";
}

/** From the one next to the client outward: each hides of those before it what it does itself. */
function facadeOf(nats: readonly NatBehaviour[]): Facade {
  let facade: Facade = {
    mapping: "endpoint-independent",
    filtering: "endpoint-independent",
    allocation: "preserving",
    isPooled: false,
    addresses: 1,
    isPoisoned: false,
    hops: nats.length,
  };
  for (const nat of nats) {
    const { mapping, filtering, allocation, addresses, pooling, unsolicited } = nat;
    const isOpen = filtering === "endpoint-independent";
    facade = {
      mapping: stricter(facade.mapping, mapping),
      filtering: stricter(facade.filtering, filtering),
      allocation: allocation.kind === "preserving" ? facade.allocation : allocation.kind,
      isPooled: addresses > 1 && pooling === "arbitrary",
      addresses,
      // Inside a filter nothing arrives unasked.
      isPoisoned: unsolicited === "poison" || (facade.isPoisoned && isOpen),
      hops: nats.length,
    };
  }
  return facade;
}

const STRICTNESS: readonly Dependence[] = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];

function stricter(a: Dependence, b: Dependence): Dependence {
  return STRICTNESS.indexOf(a) > STRICTNESS.indexOf(b) ? a : b;
}

function translators({ gates }: Place, family: Family): NatBehaviour[] {
  return gates.flatMap((gate) => translatorOf(gate, family) ?? []);
}

function translatorOf({ nat, firewall }: Gate, family: Family): NatBehaviour | undefined {
  return family === 4 ? nat : firewall;
}
