import { expect, test } from "bun:test";
import { parseAddress, portOf, type Address } from "../../lib/base/address.ts";
import { feasible, isKind, type Feasibility } from "../lab/natkinds.ts";
import { KIND_NAMES, KINDS, type KindName } from "./kinds.ts";
import { verdict, type Technique, type Verdict } from "./oracle.ts";
import { Prng } from "./prng.ts";
import { Probe } from "./probe.ts";
import { simulate, type Simulation } from "./scenario.ts";
import { siteOf, type Site } from "./site.ts";

/** What an observer finds out: see `surveyMapping` and `surveyFiltering`. */
interface Look {
  readonly mapping: "none" | "per address" | "per endpoint" | "one";
  readonly filtering: "none" | "per address" | "per endpoint" | "blocked";
  /** Of those with more than one mapping. */
  readonly ports?: number | "block" | "random";
}

const CONE: Look = { mapping: "one", filtering: "none" };
const HOME: Look = { mapping: "one", filtering: "per endpoint" };
const SYMMETRIC: Look = { mapping: "per endpoint", filtering: "per endpoint" };
const BLOCKED: Look = { mapping: "none", filtering: "blocked" };

const LOOKS: Readonly<Record<KindName, Look>> = {
  open: CONE,
  "full-cone": CONE,
  "address-restricted": { mapping: "one", filtering: "per address" },
  "port-restricted": HOME,
  poisoning: HOME,
  rejecting: HOME,
  "symmetric-random": { ...SYMMETRIC, ports: "random" },
  "symmetric-sequential": { ...SYMMETRIC, ports: 1 },
  "symmetric-descending": { ...SYMMETRIC, ports: -2 },
  "symmetric-busy": { ...SYMMETRIC, ports: 1 },
  "block-independent": HOME,
  "block-dependent": { ...SYMMETRIC, ports: "block" },
  "address-dependent": { mapping: "per address", filtering: "per endpoint", ports: "block" },
  "carrier-restricted": HOME,
  "carrier-symmetric": { ...SYMMETRIC, ports: "random" },
  "carrier-block": { ...SYMMETRIC, ports: "block" },
  "symmetric-at-home": { ...SYMMETRIC, ports: "random" },
  "paired-pool": HOME,
  "arbitrary-pool": { ...SYMMETRIC, ports: "random" },
  hairpin: CONE,
  "no-hairpin": HOME,
  firewall6: HOME,
  "dual-stack": { ...SYMMETRIC, ports: "random" },
  "udp-blocked": BLOCKED,
  "udp-rejected": BLOCKED,
  "short-lived": HOME,
  aged: HOME,
};

const OBSERVERS = 6;

/** By these plain datagrams meet that are sent at once, and answered where they came from. */
const PLAIN: ReadonlySet<Technique> = new Set(["fire", "answer", "open first"]);

test.each(KIND_NAMES)("%s: mapped and filtered as its name says", (kind) => {
  const { mapping, ports } = surveyMapping(kind);
  const filtering = surveyFiltering(kind);

  const { ports: expected, ...look } = LOOKS[kind];
  expect({ mapping, filtering }).toEqual(look);
  if (expected === undefined) return;
  const gaps = ports.slice(1).map((port, i) => port - (ports[i] ?? 0));
  const spread = Math.max(...ports) - Math.min(...ports);
  if (typeof expected === "number") expect(new Set(gaps)).toEqual(new Set([expected]));
  if (expected === "block") expect(spread).toBeLessThan(512);
  if (expected === "random") expect(spread).toBeGreaterThan(512);
  if (typeof expected !== "number") expect(new Set(gaps).size).toBeGreaterThan(2);
});

test.each(KIND_NAMES)("%s: whom it fires at once with meets it as the oracle says", (a) => {
  for (const b of KIND_NAMES) {
    const meeting = new Meeting(a, b);
    const told = verdict(meeting.homes[0].place, meeting.homes[1].place);
    // Luck decides which address a mapping has.
    if (told.reach === "direct" && told.by === "each address") continue;

    for (let round = 0; round < 3; round++) meeting.fire();

    const isDue = told.reach === "direct" && PLAIN.has(told.by);
    expect([b, meeting.hasTakenPlace]).toEqual([b, isDue]);
  }
});

test.each(["port-restricted", "poisoning", "rejecting", "carrier-restricted"] as const)(
  "a poisoning router and %s: too early a datagram spoils it, unless one opened with few hops",
  (other) => {
    for (const opensFirst of [false, true]) {
      const meeting = new Meeting("poisoning", other);

      if (opensFirst) meeting.open();
      meeting.fireEarly();
      for (let round = 0; round < 3; round++) meeting.fire();

      expect(meeting.hasTakenPlace).toBe(opensFirst);
    }
  },
);

test("the lab says the same of who can meet, whoever comes first", () => {
  for (const a of KIND_NAMES) {
    for (const b of KIND_NAMES) {
      const [one, other] = new Meeting(a, b).homes;
      const told = verdict(one.place, other.place);

      expect(verdict(other.place, one.place)).toEqual(told);
      if (!isKind(a) || !isKind(b)) continue;
      expect([a, b, effortOf(told)]).toEqual([a, b, feasible(a, b)]);
    }
  }
});

test.each([
  ["short-lived", 10_000],
  ["port-restricted", 30_000],
] as const)("%s: what nobody answers is over after %p ms", (kind, ms) => {
  for (const [waitMs, isOpen] of [
    [ms - 1_000, true],
    [ms + 1_000, false],
  ] as const) {
    const { sim, client, one } = surroundings(kind);
    client.say(one.address, "hello");
    sim.world.runFor(waitMs);

    one.say(one.heard[0]?.from ?? "", "still there?");
    sim.world.runFor(100);

    expect(client.texts).toEqual(isOpen ? ["still there?"] : []);
  }
});

test("aged: after 50 s the port is another, however much passes", () => {
  const { sim, client, one } = surroundings("aged");

  for (let second = 0; second < 60; second++) {
    client.say(one.address, "?");
    sim.world.runFor(1_000);
  }

  const ports = one.heard.map(({ from }) => from);
  expect(new Set(ports.slice(0, 50)).size).toBe(1);
  expect(new Set(ports.slice(51)).size).toBe(1);
  expect(ports[59]).not.toBe(ports[0]);
});

test("symmetric-busy: a second later the next port is some ten further", () => {
  const { sim, client, one, other } = surroundings("symmetric-busy");

  client.say(one.address, "now");
  sim.world.runFor(10_000);
  client.say(other.address, "later");
  sim.world.runFor(100);

  const [now, later] = [one, other].map(({ heard }) => portOf(heard[0]?.from ?? ANY));
  expect((later ?? 0) - (now ?? 0)).toBeWithin(60, 140);
});

/** In the words of the lab. */
function effortOf(told: Verdict): Feasibility {
  if (told.reach !== "direct") return "infeasible";
  return PLAIN.has(told.by) || told.by === "other family" ? "easy" : "technique";
}

const ANY = "0.0.0.0:1" as Address;

interface Surroundings {
  readonly sim: Simulation;
  readonly client: Probe;
  readonly one: Probe;
  readonly other: Probe;
}

function surroundings(kind: KindName): Surroundings {
  const sim = simulate(1);
  const { routers, families } = siteOf(sim, kind, new Prng(1, kind));
  const on = routers[0]?.inside ?? sim.world.network.internet;
  const family = KINDS[kind].families.slice(0, 1);
  const [one, other] = ["one", "other"].map((name) => {
    return new Probe(sim.world, name, { families: family });
  });
  if (one === undefined || other === undefined) throw new Error("There are two observers");
  return { sim, client: new Probe(sim.world, "client", { on, families }), one, other };
}

/** One after another asks two ports of one observer, and many others. */
function surveyMapping(kind: KindName): { mapping: Look["mapping"]; ports: number[] } {
  const { sim, client, one, other } = surroundings(kind);
  const family = KINDS[kind].families.slice(0, 1);
  const more = Array.from({ length: OBSERVERS }, (_, i) => {
    return new Probe(sim.world, `observer ${i}`, { families: family });
  });
  const say = (to: string): void => {
    client.say(to, "?where am I");
    sim.world.runFor(1);
  };
  for (const to of [one.address, one.secondAddress]) say(to);
  for (const { address } of [other, ...more]) say(address);
  sim.world.runFor(100);

  const [first, second] = one.heard.map(({ from }) => from);
  const others = [other, ...more].flatMap(({ heard }) => heard.map(({ from }) => from));
  if (first === undefined || second === undefined) return { mapping: "none", ports: [] };
  const ports = [first, second, ...others].map(portOf);
  if (others.every((outer) => outer === first)) return { mapping: "one", ports };
  return { mapping: first === second ? "per address" : "per endpoint", ports };
}

/** Who answers a client that has asked one observer's first port. */
function surveyFiltering(kind: KindName): Look["filtering"] {
  const { sim, client, one, other } = surroundings(kind);
  client.say(one.address, "?here");
  client.say(one.address, "!from elsewhere");
  sim.world.runFor(100);
  other.say(one.heard[0]?.from ?? "", "from another address");
  sim.world.runFor(100);

  if (!client.texts.includes("here")) return "blocked";
  if (client.texts.includes("from another address")) return "none";
  return client.texts.includes("from elsewhere") ? "per address" : "per endpoint";
}

/** The whole art of punching, bare: each has told a third where it is, and is told of the other. */
class Meeting {
  readonly homes: readonly [Site, Site];
  readonly #sim = simulate(1);
  readonly #ann: Probe;
  readonly #bob: Probe;
  readonly #server: Probe;

  constructor(a: KindName, b: KindName) {
    const prng = new Prng(1, `${a} ${b}`);
    this.homes = [siteOf(this.#sim, a, prng), siteOf(this.#sim, b, prng)];
    this.#server = new Probe(this.#sim.world, "server", { families: [4, 6] });
    this.#ann = this.#come("ann", this.homes[0]);
    this.#bob = this.#come("bob", this.homes[1]);
    this.#sim.world.runFor(100);
  }

  get hasTakenPlace(): boolean {
    return this.#ann.texts.includes("knock") && this.#bob.texts.includes("knock");
  }

  /** Both at once, at where the other was heard, else seen. */
  fire(): void {
    this.#ann.say(this.#ann.heard.at(-1)?.from ?? this.#seen("bob"), "knock");
    this.#bob.say(this.#bob.heard.at(-1)?.from ?? this.#seen("ann"), "knock");
    this.#sim.world.runFor(100);
  }

  /** Bob alone. */
  fireEarly(): void {
    this.#bob.say(this.#seen("ann"), "early knock");
    this.#sim.world.runFor(100);
  }

  /** Ann sends what dies before it arrives. */
  open(): void {
    const to = parseAddress(this.#seen("bob"));
    if (to === undefined) throw new Error("Bob was not seen");
    const { host, port } = this.#ann.process;
    this.#sim.world.send(host, { ip: undefined, port }, to, new Uint8Array(1), 4);
  }

  #come(name: string, { routers, families }: Site): Probe {
    const on = routers[0]?.inside ?? this.#sim.world.network.internet;
    const probe = new Probe(this.#sim.world, name, { on, families });
    const ips = this.#server.process.host.attachments.map(({ ip }) => ip);
    const ip = ips.find((its) => its.includes(":") === (families[0] === 6)) ?? "";
    const host = ip.includes(":") ? `[${ip}]` : ip;
    probe.say(`${host}:${this.#server.process.port}`, name);
    return probe;
  }

  #seen(name: string): string {
    return this.#server.heard.find(({ text }) => text === name)?.from ?? "";
  }
}
