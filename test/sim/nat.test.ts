import { expect, test } from "bun:test";
import { hostOf, parseAddress, portOf, type Address } from "../../lib/base/address.ts";
import type { PortAllocation } from "./allocator.ts";
import { FIREWALL } from "./kinds.ts";
import { CLEAR } from "./link.ts";
import { NAT_DEFAULTS, Nat, type Dependence, type NatBehaviour } from "./nat.ts";
import type { Router } from "./network.ts";
import { Prng } from "./prng.ts";
import { Probe } from "./probe.ts";
import { World } from "./world.ts";

const INNER = "192.168.1.2:5000" as Address;
const REMOTE = "11.0.1.1:700" as Address;
const SAME_ADDRESS = "11.0.1.1:701" as Address;
const STRANGER = "11.0.2.1:700" as Address;

const BYTES = new Uint8Array(8);

const EI: Dependence = "endpoint-independent";
const AD: Dependence = "address-dependent";
const APD: Dependence = "address-and-port-dependent";

const PRESERVING: PortAllocation = { kind: "preserving" };
const SEQUENTIAL: PortAllocation = { kind: "sequential", step: 1 };
const BLOCK: PortAllocation = { kind: "block", ports: 512 };
const RANDOM: PortAllocation = { kind: "random" };
const ALLOCATIONS = {
  preserving: PRESERVING,
  sequential: SEQUENTIAL,
  block: BLOCK,
  random: RANDOM,
};

test.each([
  [EI, [true, true]],
  [AD, [true, false]],
  [APD, [false, false]],
] as const)("%s mapping keeps its port to another port, another address: %p", (mapping, keeps) => {
  for (const allocation of Object.values(ALLOCATIONS)) {
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

test("a permission lasts 30 s, and 120 s once it is answered, after the last datagram", () => {
  const nat = natOf({ filtering: APD });
  const outer = nat.translateOut(0, INNER, REMOTE);

  expect(into(nat, 29_999, REMOTE, outer)).toBe(INNER);
  expect(into(nat, 149_998, REMOTE, outer)).toBe(INNER);
  expect(into(nat, 269_998, REMOTE, outer)).toBeUndefined();

  nat.translateOut(300_000, INNER, REMOTE);
  expect(into(nat, 330_000, REMOTE, outer)).toBeUndefined();
});

test("what refreshes outward alone ends whatever comes in meanwhile", () => {
  const nat = natOf({ expiryMs: 1000, refresh: "outward", allocation: SEQUENTIAL });
  const outer = nat.translateOut(0, INNER, REMOTE);

  expect(into(nat, 999, REMOTE, outer)).toBe(INNER);
  expect(nat.translateOut(999, INNER, REMOTE)).toBe(outer);
  expect(into(nat, 1998, REMOTE, outer)).toBe(INNER);
  expect(into(nat, 1999, REMOTE, outer)).toBeUndefined();
  expect(nat.translateOut(2000, INNER, REMOTE)).not.toBe(outer);
});

test("a mapping that may live for 50 s does, whatever passes", () => {
  const nat = natOf({ lifetimeMs: 50_000, allocation: RANDOM });
  const outer = nat.translateOut(0, INNER, REMOTE);

  for (let now = 1000; now < 50_000; now += 1000) {
    expect(into(nat, now, REMOTE, outer)).toBe(INNER);
    expect(nat.translateOut(now, INNER, REMOTE)).toBe(outer);
  }

  expect(into(nat, 50_000, REMOTE, outer)).toBeUndefined();
  expect(nat.translateOut(50_000, INNER, REMOTE)).not.toBe(outer);
});

test("a permission ends by itself while the mapping lives on", () => {
  const nat = natOf({ filtering: APD, expiryMs: 1000 });
  const outer = nat.translateOut(0, INNER, REMOTE);

  nat.translateOut(900, INNER, STRANGER);

  expect(into(nat, 1100, REMOTE, outer)).toBeUndefined();
  expect(into(nat, 1100, STRANGER, outer)).toBe(INNER);
});

test.each(["preserving", "sequential", "block", "random"] as const)(
  "rebinding gives everybody another port, %s or not, and lets nothing in by the old one",
  (kind) => {
    const allocation = ALLOCATIONS[kind];
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

  expect(server.heard[1]?.from).toStartWith(home.outerIps[0] ?? "none");
  expect(server.heard[1]?.from).not.toBe(server.heard[0]?.from as never);
  expect(ann.texts).toEqual(["after"]);
});

test("preserving takes the inner port, and the next where that is taken", () => {
  const nat = natOf({ allocation: PRESERVING });
  const other = "192.168.1.3:5000" as Address;

  expect(out(nat, 0, REMOTE)).toBe(5000);
  expect(nat.translateOut(0, other, REMOTE)).toBe("11.0.0.1:5001" as Address);
});

test.each([1, -1, 2, -5])("sequential goes by its step, %p, whoever asks", (step) => {
  const nat = natOf({ mapping: APD, allocation: { kind: "sequential", step } });

  const ports = Array.from({ length: 20 }, (_, i) => {
    return nat.translateOut(0, `192.168.1.${i}:5000` as Address, REMOTE);
  });

  // Somewhere it may come round.
  expect(
    steps(
      ports.map((outer) => portOf(outer ?? STRANGER)),
      64_512,
    ),
  ).toEqual([step]);
});

test("random ports show no pattern and fill the range", () => {
  const ports = portsOf(natOf({ mapping: APD, allocation: RANDOM }), 200);

  expect(steps(ports, 64_512).length).toBeGreaterThan(190);
  expect(Math.min(...ports)).toBeWithin(1024, 3_000);
  expect(Math.max(...ports)).toBeWithin(63_000, 65_536);
});

test("each host has a block of ports for itself, and no port beyond it", () => {
  const nat = natOf({ mapping: APD, allocation: BLOCK });
  const neighbour = "192.168.1.3:5000" as Address;
  const blockOf = (port: number): number => Math.floor((port - 1024) / 512);

  const ports = portsOf(nat, 512);
  const theirs = portOf(nat.translateOut(0, neighbour, REMOTE) ?? STRANGER);

  expect(new Set(ports).size).toBe(512);
  expect(new Set(ports.map(blockOf)).size).toBe(1);
  expect(steps(ports.slice(0, 50), 512).length).toBeGreaterThan(40);
  expect(out(nat, 0, STRANGER)).toBeUndefined();
  expect(blockOf(theirs)).not.toBe(blockOf(ports[0] ?? 0));
  expect(out(nat, 30_000, STRANGER)).toBeNumber();
});

test("others' mappings move a sequential allocator by as many as they open", () => {
  const nat = natOf({ mapping: APD, allocation: SEQUENTIAL, crossPerSecond: 50 });
  const first = out(nat, 0, REMOTE) ?? 0;

  const [soon, later] = [out(nat, 0, SAME_ADDRESS) ?? 0, out(nat, 10_000, STRANGER) ?? 0];

  expect(steps([first, soon], 64_512)).toEqual([1]);
  // 500 on the average, with a deviation of 22.
  expect(steps([soon, later], 64_512)[0]).toBeWithin(400, 600);
});

test("several addresses: a host keeps one, or any mapping has any, each as often", () => {
  for (const pooling of ["paired", "arbitrary"] as const) {
    const ips = ["11.0.0.1", "11.0.0.2"];
    const behaviour = { ...NAT_DEFAULTS, mapping: APD, allocation: RANDOM, pooling };
    const nat = new Nat(behaviour, ips, new Prng(1, "nat"));
    const bearing = (host: number): string[] => {
      const inner = `192.168.1.${host}:5000` as Address;
      const remotes = Array.from({ length: 40 }, (_, i) => `11.0.2.1:${700 + i}` as Address);
      return remotes.map((remote) => hostOf(nat.translateOut(0, inner, remote) ?? STRANGER));
    };

    const hosts = Array.from({ length: 20 }, (_, host) => bearing(host));

    const isKept = hosts.map((seen) => new Set(seen).size === 1);
    expect(new Set(isKept)).toEqual(new Set([pooling === "paired"]));
    expect(new Set(hosts.flat())).toEqual(new Set(ips));
    expect(hosts.flat().filter((ip) => ip === ips[0]).length).toBeWithin(240, 560);
  }
});

test("ports wrap from the highest to the lowest, and none is given twice", () => {
  const nat = natOf({ mapping: APD, allocation: SEQUENTIAL });

  const ports = new Set<number | undefined>();
  for (let port = 1; port <= 64_512; port++) {
    ports.add(out(nat, 0, `11.0.3.1:${port}` as Address));
  }

  expect(ports.size).toBe(64_512);
  expect(ports.has(undefined)).toBe(false);
  expect(out(nat, 0, STRANGER)).toBeUndefined();
});

test("an unasked datagram poisons its pair of endpoints for 30 s, where it can", () => {
  for (const unsolicited of ["drop", "reject", "poison"] as const) {
    const nat = natOf({ filtering: APD, unsolicited });

    expect(into(nat, 0, REMOTE, "11.0.0.1:5000" as Address)).toBeUndefined();

    expect(out(nat, 10, REMOTE) === 5000).toBe(unsolicited !== "poison");
    expect(out(nat, 30_010, REMOTE)).toBe(5000);
  }
});

test("with another port for one that is poisoned all have it who are met from then on", () => {
  const nat = natOf({ filtering: APD, unsolicited: "poison" });
  const announced = "11.0.0.1:5000" as Address;
  expect(out(nat, 0, SAME_ADDRESS)).toBe(5000);
  into(nat, 0, REMOTE, announced);

  const moved = out(nat, 10, REMOTE);

  expect(moved).not.toBe(5000);
  expect(out(nat, 20, STRANGER)).toBe(moved);
  expect(out(nat, 20, SAME_ADDRESS)).toBe(5000);
  expect(into(nat, 30, SAME_ADDRESS, announced)).toBe(INNER);
  expect(into(nat, 30, STRANGER, announced)).toBeUndefined();
});

test("a poisoned pair stays so while either side goes on", () => {
  const nat = natOf({ filtering: APD, unsolicited: "poison" });
  const announced = "11.0.0.1:5000" as Address;
  into(nat, 0, REMOTE, announced);
  const moved = nat.translateOut(10, INNER, REMOTE);

  for (let now = 1000; now < 60_000; now += 1000) {
    expect(into(nat, now, REMOTE, announced)).toBeUndefined();
    expect(nat.translateOut(now, INNER, REMOTE)).toBe(moved);
  }

  expect(into(nat, 60_000, REMOTE, moved)).toBe(INNER);
});

test("who sends first is not poisoned, even if that dies on its way", () => {
  const { world, ann, bob, home } = acquaintances({ filtering: APD, unsolicited: "poison" });
  const [annsOuter, bobs] = [bob.heard[0]?.from, parseAddress(bob.address)];
  home.nat.restart();
  if (annsOuter === undefined || bobs === undefined) throw new Error("Nobody has been heard");

  world.send(ann.process.host, { ip: undefined, port: ann.process.port }, bobs, BYTES, 4);
  world.runFor(5);
  bob.say(annsOuter, "early");
  world.runFor(100);
  ann.say(bobs, "late");
  world.runFor(100);

  expect(ann.texts).toEqual(["early"]);
  expect(bob.heard.map(({ text }) => text)).toEqual(["hello", "late"]);
  expect(bob.heard[1]?.from).toBe(annsOuter);
});

test("with so few hops that it dies in its own router a datagram opens nothing", () => {
  for (const [ttl, isOpened] of [
    [1, false],
    [2, true],
    [7, true],
    [8, true],
  ] as const) {
    const { world, ann, bob, home } = acquaintances({ filtering: APD });
    const [annsOuter, bobs] = [bob.heard[0]?.from, parseAddress(bob.address)];
    home.nat.restart();
    if (annsOuter === undefined || bobs === undefined) throw new Error("Nobody has been heard");

    world.send(ann.process.host, { ip: undefined, port: ann.process.port }, bobs, BYTES, ttl);
    world.runFor(100);
    bob.say(annsOuter, "now");
    world.runFor(100);

    expect(ann.texts).toEqual(isOpened ? ["now"] : []);
    expect(bob.heard).toHaveLength(ttl > 7 ? 2 : 1);
  }
});

test.each([
  ["drop", 0],
  ["reject", 1],
  ["poison", 1],
] as const)(
  "a router that would %s what nobody asked for tells its sender %p times",
  (unsolicited, times) => {
    const { world, bob, home } = acquaintances({ filtering: APD, unsolicited }, 1);

    bob.say(`${home.outerIps[0]}:9`, "anybody?");
    world.runFor(100);

    expect(bob.errors.map(({ error }) => error)).toEqual(times > 0 ? ["refused"] : []);
  },
);

test.each([
  ["dropped", []],
  ["rejected", ["refused"]],
] as const)("where UDP is %s nothing passes, and the sender hears %p", (udp, reports) => {
  const { world, ann, bob, home } = acquaintances({ udp }, 1);

  bob.say(`${home.outerIps[0]}:40000`, "anybody?");
  world.runFor(100);

  expect([ann.texts, bob.texts]).toEqual([[], []]);
  expect(ann.errors.map(({ error }) => error)).toEqual([...reports]);
});

test("an IPv6 firewall changes no address, and lets in what answers", () => {
  const world = new World(1);
  const homes = ["a", "b"].map((name) => world.network.router(name, {}, { firewall: FIREWALL }));
  const [ann, bob] = homes.map(({ name, inside }) => {
    return new Probe(world, name, { on: inside, families: [6] });
  });
  if (ann === undefined || bob === undefined) throw new Error("Two are there");

  ann.say(bob.address, "early");
  world.runFor(100);
  bob.say(ann.address, "in time");
  ann.say(bob.address, "in time too");
  world.runFor(100);

  expect(bob.texts).toEqual(["in time too"]);
  expect(bob.heard[0]?.from).toBe(ann.address as Address);
  expect(ann.heard[0]?.from).toBe(bob.address as Address);
});

test("with both families a host is reached at each, and by none that it has not", () => {
  const world = new World(1);
  const home = world.network.router("home", {}, { firewall: FIREWALL });
  const ann = new Probe(world, "ann", { on: home.inside, families: [4, 6] });
  const servers = [4, 6] as const;
  const [four, six] = servers.map((family) => {
    return new Probe(world, `server ${family}`, { families: [family] });
  });
  const old = new Probe(world, "old");

  ann.say(four?.address ?? "", "?by 4");
  ann.say(six?.address ?? "", "?by 6");
  old.say(six?.address ?? "", "no way");
  world.runFor(100);

  expect(ann.texts.toSorted()).toEqual(["by 4", "by 6"]);
  expect(six?.texts).toEqual(["?by 6"]);
  expect(six?.heard[0]?.from).toStartWith("[2a00:");
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

  expect(server.heard[0]?.from).toStartWith(carrier.outerIps[0] ?? "none");
  expect(ann.texts).toEqual(["hello"]);
});

function natOf(behaviour: Partial<NatBehaviour>): Nat {
  return new Nat({ ...NAT_DEFAULTS, ...behaviour }, ["11.0.0.1"], new Prng(1, "nat"));
}

function out(nat: Nat, now: number, to: Address): number | undefined {
  const outer = nat.translateOut(now, INNER, to);
  return outer === undefined ? undefined : portOf(outer);
}

/** What so many destinations see at once. */
function portsOf(nat: Nat, count: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => out(nat, 0, `11.0.1.1:${700 + i}` as Address) ?? 0,
  );
}

/** The differences that occur from one to the next, around the end of a range of so many. */
function steps(ports: readonly number[], range: number): number[] {
  const differences = ports.slice(1).map((port, i) => {
    const step = port - (ports[i] ?? 0);
    return Math.abs(step) > range / 2 ? step - Math.sign(step) * range : step;
  });
  return [...new Set(differences)];
}

function into(nat: Nat, now: number, from: Address, outer: Address | undefined) {
  return outer === undefined ? undefined : nat.translateIn(now, from, outer);
}

/** Ann behind a router, who has said hello to Bob in the open. */
function acquaintances(
  behaviour: Partial<NatBehaviour>,
  errorReports = 0,
): { world: World; ann: Probe; bob: Probe; home: Router } {
  const world = new World(1);
  const conditions = { ...CLEAR, errorReports };
  world.network.internet.conditions = conditions;
  const home = world.network.router("home", behaviour);
  home.inside.conditions = conditions;
  const ann = new Probe(world, "ann", { on: home.inside });
  const bob = new Probe(world, "bob");
  ann.say(bob.address, "hello");
  world.runFor(100);
  return { world, ann, bob, home };
}
