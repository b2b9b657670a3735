import { expect, test } from "bun:test";
import { portOf, type Address } from "../../lib/base/address.ts";
import { NAT_DEFAULTS, Nat, type Dependence, type NatBehaviour } from "./nat.ts";
import { verdict, type Place } from "./oracle.ts";
import { CLEAR } from "./link.ts";
import { Prng } from "./prng.ts";
import { Probe } from "./probe.ts";
import { World } from "./world.ts";

const INNER = "192.168.1.2:5000" as Address;
const REMOTE = "11.0.1.1:700" as Address;
const SAME_ADDRESS = "11.0.1.1:701" as Address;
const STRANGER = "11.0.2.1:700" as Address;

const EI: Dependence = "endpoint-independent";
const AD: Dependence = "address-dependent";
const APD: Dependence = "address-and-port-dependent";

test.each([
  [EI, [true, true]],
  [AD, [true, false]],
  [APD, [false, false]],
] as const)("%s mapping keeps its port to another port, another address: %p", (mapping, keeps) => {
  for (const allocation of ["preserving", "sequential", "random"] as const) {
    const nat = natOf({ mapping, allocation });

    const [first, ...others] = [REMOTE, SAME_ADDRESS, STRANGER].map((to) => out(nat, 0, to));

    expect(others.map((port) => port === first)).toEqual([...keeps]);
  }
});

test.each([
  [EI, [true, true, true]],
  [AD, [true, true, false]],
  [APD, [true, false, false]],
] as const)(
  "%s filtering lets in the one sent to, its other ports, strangers: %p",
  (filtering, lets) => {
    for (const mapping of [EI, AD, APD]) {
      const nat = natOf({ mapping, filtering });
      const outer = nat.translateOut(0, INNER, REMOTE);

      const heard = [REMOTE, SAME_ADDRESS, STRANGER].map((from) => into(nat, 1, from, outer));

      expect(heard).toEqual(lets.map((isLetIn) => (isLetIn ? INNER : undefined)));
    }
  },
);

test("nothing comes in where nothing has gone out", () => {
  const nat = natOf({ filtering: EI });

  expect(into(nat, 0, REMOTE, "11.0.0.1:5000" as Address)).toBeUndefined();
});

test("a mapping ends so long after the last datagram outward, whatever came in meanwhile", () => {
  const nat = natOf({ expiryMs: 1000, allocation: "sequential" });
  const outer = nat.translateOut(0, INNER, REMOTE);

  expect(into(nat, 999, REMOTE, outer)).toBe(INNER);
  expect(nat.translateOut(999, INNER, REMOTE)).toBe(outer);
  expect(into(nat, 1998, REMOTE, outer)).toBe(INNER);
  expect(into(nat, 1999, REMOTE, outer)).toBeUndefined();
  expect(nat.translateOut(2000, INNER, REMOTE)).not.toBe(outer);
});

test("a permission ends by itself while the mapping lives on", () => {
  const nat = natOf({ filtering: APD, expiryMs: 1000 });
  const outer = nat.translateOut(0, INNER, REMOTE);

  nat.translateOut(900, INNER, STRANGER);

  expect(into(nat, 1100, REMOTE, outer)).toBeUndefined();
  expect(into(nat, 1100, STRANGER, outer)).toBe(INNER);
});

test.each(["preserving", "sequential", "random"] as const)(
  "rebinding gives everybody another port, %s or not, and lets nothing in by the old one",
  (allocation) => {
    const nat = natOf({ allocation });
    const before = nat.translateOut(0, INNER, REMOTE);

    nat.rebind();
    const after = nat.translateOut(1, INNER, REMOTE);

    expect(after).not.toBe(before);
    expect(into(nat, 2, REMOTE, before)).toBeUndefined();
    expect(into(nat, 2, REMOTE, after)).toBe(INNER);
  },
);

test("a router that gets another address is reached there and no longer where it was", () => {
  const world = new World(1);
  const home = world.network.router("home");
  const server = new Probe(world, "server");
  const ann = new Probe(world, "ann", { on: home.inside });
  ann.say(server.address, "before");
  world.runFor(100);

  world.network.readdress(home);
  server.say(server.heard[0]?.from ?? "", "too late");
  world.runFor(100);
  ann.say(server.address, "?after");
  world.runFor(100);

  expect(server.heard[1]?.from).toStartWith(home.outerIp);
  expect(server.heard[1]?.from).not.toBe(server.heard[0]?.from as never);
  expect(ann.texts).toEqual(["after"]);
});

test("preserving takes the inner port, and the next where that is taken", () => {
  const nat = natOf({ allocation: "preserving" });
  const other = "192.168.1.3:5000" as Address;

  expect(out(nat, 0, REMOTE)).toBe(5000);
  expect(nat.translateOut(0, other, REMOTE)).toBe("11.0.0.1:5001" as Address);
});

test("sequential counts up, random does not", () => {
  const steps = (allocation: NatBehaviour["allocation"]): number[] => {
    const nat = natOf({ mapping: APD, allocation });
    const remotes = [700, 701, 702, 703].map((port) => `11.0.1.1:${port}` as Address);
    const ports = remotes.map((remote) => out(nat, 0, remote) ?? 0);
    return ports.slice(1).map((port, i) => port - (ports[i] ?? 0));
  };

  expect(steps("sequential")).toEqual([1, 1, 1]);
  expect(steps("random")).not.toEqual([1, 1, 1]);
});

test("ports wrap from the highest to the lowest, and none is given twice", () => {
  const nat = natOf({ mapping: APD, allocation: "sequential" });

  const ports = new Set<number | undefined>();
  for (let port = 1; port <= 64_512; port++) {
    ports.add(out(nat, 0, `11.0.3.1:${port}` as Address));
  }

  expect(ports.size).toBe(64_512);
  expect(ports.has(undefined)).toBe(false);
  expect(out(nat, 0, STRANGER)).toBeUndefined();
});

test("an unasked datagram poisons its pair of endpoints for 30 s, where it can", () => {
  for (const poisonable of [false, true]) {
    const nat = natOf({ filtering: APD, poisonable });

    expect(into(nat, 0, REMOTE, "11.0.0.1:5000" as Address)).toBeUndefined();

    expect(out(nat, 10, REMOTE)).toBe(poisonable ? 5001 : 5000);
    expect(out(nat, 10, STRANGER)).toBe(5000);
    expect(natAfter(nat, 30_000, REMOTE)).toBe(5000);
  }
});

test("a router that was switched off knows nobody", () => {
  const nat = natOf({});
  const outer = nat.translateOut(0, INNER, REMOTE);

  nat.restart();

  expect(into(nat, 1, REMOTE, outer)).toBeUndefined();
});

test.each([true, false])(
  "hairpin %p: neighbours reach one another by the outer address",
  (hairpin) => {
    const world = new World(1);
    const router = world.network.router("home", { hairpin });
    const server = new Probe(world, "server");
    const [ann, bob] = ["ann", "bob"].map((name) => new Probe(world, name, { on: router.inside }));
    ann?.say(server.address, "I am ann");
    bob?.say(server.address, "I am bob");
    world.runFor(100);

    const outerOfBob = server.heard.find(({ text }) => text === "I am bob")?.from ?? "";
    ann?.say(outerOfBob, "hello");
    world.runFor(100);

    expect(bob?.texts).toEqual(hairpin ? ["hello"] : []);
  },
);

test("a router behind a router translates twice, both ways", () => {
  const world = new World(1);
  const carrier = world.network.router("carrier", {}, { prefix: "100.64.0." });
  const home = world.network.router("home", {}, { outside: carrier.inside });
  const server = new Probe(world, "server");
  const ann = new Probe(world, "ann", { on: home.inside });

  ann.say(server.address, "?hello");
  world.runFor(100);

  expect(server.heard[0]?.from).toStartWith(carrier.outerIp);
  expect(ann.texts).toEqual(["hello"]);
});

const NATS: Readonly<Record<string, Partial<NatBehaviour> | undefined>> = {
  open: undefined,
  "full cone": {},
  "address-restricted": { filtering: AD },
  "port-restricted": { filtering: APD },
  symmetric: { mapping: APD, filtering: APD, allocation: "random" },
};

const PAIRS = Object.keys(NATS).flatMap((a) => Object.keys(NATS).map((b) => [a, b] as const));

test.each(PAIRS)("%s and %s: two who fire at what a third saw meet as the oracle says", (a, b) => {
  const place = (name: string, site: number): Place => {
    const behaviour = NATS[name];
    return { nat: behaviour && { ...NAT_DEFAULTS, ...behaviour }, site };
  };
  const told = verdict(place(a, 1), place(b, 2));

  expect(punch(a, b, false)).toBe(told === "direct");
  expect(punch(a, b, true)).toBe(told === "direct" || told === "answer-where-asked");
});

test("the same translator's clients are neighbours, whatever it does outward", () => {
  const nat = { ...NAT_DEFAULTS, mapping: APD, filtering: APD };

  expect(verdict({ nat, site: 1 }, { nat, site: 1 })).toBe("direct");
  expect(verdict({ nat, site: 1 }, { nat, site: 2 })).toBe("never");
});

function natOf(behaviour: Partial<NatBehaviour>): Nat {
  return new Nat({ ...NAT_DEFAULTS, ...behaviour }, "11.0.0.1", new Prng(1, "nat"));
}

function out(nat: Nat, now: number, to: Address): number | undefined {
  const outer = nat.translateOut(now, INNER, to);
  return outer === undefined ? undefined : portOf(outer);
}

/** The port once the mapping that is there has ended. */
function natAfter(nat: Nat, ms: number, to: Address): number | undefined {
  return out(nat, ms + nat.behaviour.expiryMs, to);
}

function into(nat: Nat, now: number, from: Address, outer: Address | undefined) {
  return outer === undefined ? undefined : nat.translateIn(now, from, outer);
}

/**
 * The whole art of punching, bare: both tell a third where they are, both fire at what it saw,
 * three times. Whether each hears the other at last; `answers` is to fire back where one was
 * heard from.
 */
function punch(a: string, b: string, answers: boolean): boolean {
  const world = new World(1);
  world.network.internet.conditions = CLEAR;
  const server = new Probe(world, "server");
  const [ann, bob] = [a, b].map((kind, i) => {
    const on = NATS[kind] && world.network.router(`${kind} ${i}`, NATS[kind]).inside;
    return new Probe(world, `${i}`, on === undefined ? {} : { on });
  });
  if (ann === undefined || bob === undefined) return false;
  ann.say(server.address, "ann");
  bob.say(server.address, "bob");
  world.runFor(100);
  const seen = (name: string) => server.heard.find(({ text }) => text === name)?.from ?? "";

  for (let round = 0; round < 3; round++) {
    ann.say((answers && ann.heard.at(-1)?.from) || seen("bob"), "knock");
    bob.say((answers && bob.heard.at(-1)?.from) || seen("ann"), "knock");
    world.runFor(100);
  }
  return ann.texts.includes("knock") && bob.texts.includes("knock");
}
