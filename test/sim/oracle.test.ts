import { expect, test } from "bun:test";
import type { PortAllocation } from "./allocator.ts";
import { FIREWALL } from "./kinds.ts";
import { NAT_DEFAULTS, type Dependence, type NatBehaviour } from "./nat.ts";
import { verdict, type Place, type Technique, type Verdict } from "./oracle.ts";

const ADF: Dependence = "address-dependent";
const APDF: Dependence = "address-and-port-dependent";

type Word = Technique | "relay" | "none";

const EASY = { full: nat({}), adf: nat({ filtering: ADF }), apdf: nat({ filtering: APDF }) };
const HARD = {
  sequential: hard({ kind: "sequential", step: 1 }),
  block: hard({ kind: "block", ports: 512 }),
  random: hard({ kind: "random" }),
};
const POOLED: NatBehaviour = { ...HARD.random, addresses: 2, pooling: "arbitrary" };
const POISONING: NatBehaviour = { ...EASY.apdf, unsolicited: "poison" };
const RELAY = "relay";

const ROWS: Readonly<Record<string, NatBehaviour | undefined>> = {
  open: undefined,
  ...EASY,
  ...HARD,
};

/** Who meets whom, and how: the whole of theory for one NAT each. */
const TABLE: Readonly<Record<string, Readonly<Record<string, Word>>>> = {
  open: row("fire", "fire", "fire", "fire", "answer", "answer", "answer"),
  full: row("fire", "fire", "fire", "fire", "answer", "answer", "answer"),
  adf: row("fire", "fire", "fire", "fire", "answer", "answer", "answer"),
  apdf: row("fire", "fire", "fire", "fire", "predict", "block birthday", "birthday"),
  sequential: row("answer", "answer", "answer", "predict", "predict both", RELAY, RELAY),
  block: row("answer", "answer", "answer", "block birthday", RELAY, RELAY, RELAY),
  random: row("answer", "answer", "answer", "birthday", RELAY, RELAY, RELAY),
};

test.each(Object.keys(TABLE))("the table's row: %s", (a) => {
  const told = Object.keys(ROWS).map((b) => [b, say(behind(1, ROWS[a]), behind(2, ROWS[b]))]);

  expect(Object.fromEntries(told)).toEqual(TABLE[a]);
});

test.each([
  ["paired, as any other", { ...HARD.random, addresses: 2 }, "answer", "birthday"],
  ["any of two: half of the sockets are at each", POOLED, "each address", "pooled birthday"],
  ["any of three: too many probes", { ...POOLED, addresses: 3 }, "each address", RELAY],
  [
    "what depends on the address alone is hard",
    { ...HARD.block, mapping: ADF },
    "answer",
    "block birthday",
  ],
] as const)("several addresses, %s", (_, other, atAdf, atApdf) => {
  expect(say(behind(1, EASY.full), behind(2, other))).toBe("answer");
  expect(say(behind(1, EASY.adf), behind(2, other))).toBe(atAdf);
  expect(say(behind(1, EASY.apdf), behind(2, other))).toBe(atApdf);
});

test.each([
  ["open", "answer"],
  ["full", "answer"],
  ["adf", "answer"],
  ["apdf", "open first"],
  ["sequential", "predict"],
  ["random", "birthday"],
] as const)("a router that can be poisoned and %s: %s", (name, word) => {
  expect(say(behind(1, POISONING), behind(2, ROWS[name]))).toBe(word);
  expect(say(behind(2, ROWS[name]), behind(1, POISONING))).toBe(word);
});

test.each([
  ["easy over easy", EASY.apdf, EASY.apdf, "fire", "predict"],
  ["easy over random", EASY.apdf, HARD.random, "birthday", RELAY],
  ["easy over block", EASY.apdf, HARD.block, "block birthday", RELAY],
  ["random over a carrier that keeps ports", HARD.random, EASY.apdf, "birthday", RELAY],
  ["random over sequential", HARD.random, HARD.sequential, "predict", "predict both"],
  ["poisoning over one that filters", POISONING, EASY.apdf, "fire", "predict"],
  ["poisoning over a full cone", POISONING, EASY.full, "open first", "predict"],
] as const)("%s looks like what is seen of both", (_, home, carrier, atApdf, atSequential) => {
  const inner = behind(1, home, carrier);

  expect(say(inner, behind(9, EASY.apdf))).toBe(atApdf);
  expect(say(inner, behind(9, HARD.sequential))).toBe(atSequential);
});

test("behind one router all meet on their own network, hairpin or not, whatever it does", () => {
  for (const one of [EASY.apdf, HARD.random, { ...HARD.random, hairpin: true }]) {
    expect(say(behind(1, one), behind(1, one))).toBe("fire");
    expect(say(behind(1, EASY.full, one), behind(1, EASY.full, one))).toBe("fire");
  }
});

test("behind one carrier homes meet through its hairpin, as strangers do, or not at all", () => {
  for (const [home, carrier, word] of [
    [EASY.apdf, EASY.apdf, "fire"],
    [EASY.apdf, HARD.random, RELAY],
    [HARD.sequential, EASY.full, "predict both"],
  ] as const) {
    for (const hairpin of [true, false]) {
      const gate = (id: number, its: NatBehaviour) => ({ id, nat: its, firewall: undefined });
      const shared = gate(9, { ...carrier, hairpin });
      const place = (id: number): Place => ({ gates: [gate(id, home), shared], families: [4] });

      expect(say(place(1), place(2))).toBe(hairpin ? word : RELAY);
    }
  }
});

test("through IPv6 firewalls all meet, if the introducer sees both there", () => {
  const six = (id: number): Place => dual(id, EASY.apdf, [6]);
  const both = (id: number): Place => dual(id, HARD.random, [4, 6]);
  const open: Place = { gates: [], families: [4, 6] };

  expect(say(six(1), six(2))).toBe("fire");
  expect(say(six(1), both(2))).toBe("other family");
  expect(say(both(1), both(2))).toBe("other family");
  expect(say(open, six(2))).toBe("other family");
  expect(say(open, both(2))).toBe("answer");
  expect(say(six(1), behind(2, EASY.full))).toBe(RELAY);
});

test("whoever may send no UDP reaches nobody, and is not relayed", () => {
  for (const udp of ["dropped", "rejected"] as const) {
    const blocked = behind(1, { ...EASY.full, udp });

    expect(say(blocked, behind(2, undefined))).toBe("none");
    expect(say(behind(2, undefined), blocked)).toBe("none");
    expect(say(behind(1, EASY.full, { ...EASY.full, udp }), behind(2, undefined))).toBe("none");
  }
});

function nat(behaviour: Partial<NatBehaviour>): NatBehaviour {
  return { ...NAT_DEFAULTS, ...behaviour };
}

function hard(allocation: PortAllocation): NatBehaviour {
  return nat({ mapping: APDF, filtering: APDF, allocation });
}

/** Each router has an id of its own, made of the site's and its place in the chain. */
function behind(site: number, ...nats: readonly (NatBehaviour | undefined)[]): Place {
  const gates = nats.flatMap((its, i) => {
    return its === undefined ? [] : [{ id: 10 * site + i, nat: its, firewall: undefined }];
  });
  return { gates, families: [4] };
}

function dual(id: number, its: NatBehaviour, families: Place["families"]): Place {
  return { gates: [{ id, nat: its, firewall: FIREWALL }], families };
}

function say(a: Place, b: Place): Word {
  const told: Verdict = verdict(a, b);
  return told.reach === "direct" ? told.by : told.reach;
}

function row(...words: readonly Word[]): Readonly<Record<string, Word>> {
  return Object.fromEntries(Object.keys(ROWS).map((name, i) => [name, words[i] ?? "none"]));
}
