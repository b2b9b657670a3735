import { afterAll, beforeAll, expect } from "bun:test";
import { hasLab, labTest } from "./labtest.ts";
import { KIND_NAMES, NAT_KINDS, type Dependence, type Kind } from "./natkinds.ts";
import { clientPlace, siteOf, type ClientPlace } from "./plan.ts";
import { Probe } from "./probe.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 5000;

/** Longer than any datagram takes through the lab; all of them share this process's loop. */
const SILENCE_MS = 60;

/** A short-lived mapping's 10 s, a little more, and a little less. */
const EXPIRED_MS = 11_500;
const ALIVE_MS = 8000;

const BY_4 = KIND_NAMES.filter((kind) => NAT_KINDS[kind].v4 !== undefined);
const BY_6 = KIND_NAMES.filter((kind) => NAT_KINDS[kind].v6 !== undefined);

const ADDRESSES_4 = siteOf("server").public;
const ADDRESSES_6 = ["2001:db8:ffff::10", "2001:db8:ffff::11"];

/** Two ports on each of the server's two addresses, in this order. */
type Observers = readonly Probe[];

let lab: Topology;
let observers: Observers;
let observers6: Observers;
let expiry: Promise<Expiry>;

beforeAll(async () => {
  if (!hasLab) return;
  const places = KIND_NAMES.map((kind) => clientPlace(kind, 1));
  lab = await Topology.build(...places, "poisoning.2", "hairpin.2", "no-hairpin.2");
  observers = await observersAt(ADDRESSES_4);
  observers6 = await observersAt(ADDRESSES_6);
  expiry = watchExpiry();
}, 20_000);

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

async function observersAt(addresses: readonly string[]): Promise<Observers> {
  const hostnames = addresses.flatMap((address) => [address, address]);
  return Promise.all(hostnames.map((hostname) => Probe.open(lab, "server", { hostname })));
}

/** What each observer sees of the probe, which writes to one after the other. */
async function seenBy(probe: Probe, by: Observers): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  for (const observer of by) {
    const text = crypto.randomUUID();
    probe.send(observer.address, text);
    seen.push((await observer.receive(text))?.from);
  }
  return seen;
}

/** Of four mappings in the observers' order. */
function dependenceOf([a, b, c, d]: readonly unknown[]): Dependence {
  if (a === b && c === d) return a === c ? "endpoint-independent" : "address-dependent";
  return "address-and-port-dependent";
}

/** Who is let in that was not written to, when only the first observer was. */
async function filteringOf(probe: Probe, by: Observers): Promise<Dependence> {
  const [first, otherPort, otherAddress] = [by[0], by[1], by[2]];
  const [mapped] = await seenBy(probe, by.slice(0, 1));
  if (mapped === undefined) throw new Error("Nothing gets out");
  first?.send(mapped, "answer");
  otherPort?.send(mapped, "other port");
  otherAddress?.send(mapped, "other address");
  expect(await probe.receive("answer")).toBeDefined();
  await Bun.sleep(SILENCE_MS);

  const texts = new Set(probe.received.map(({ text }) => text));
  if (texts.has("other address")) return "endpoint-independent";
  return texts.has("other port") ? "address-dependent" : "address-and-port-dependent";
}

function publicOf(kind: Kind): readonly string[] {
  return siteOf(clientPlace(kind, 1)).public;
}

function portsOf(seen: readonly (string | undefined)[]): number[] {
  return seen.map((address) => Number(address?.split(":").at(-1)));
}

function hostsOf(seen: readonly (string | undefined)[]): string[] {
  return [...new Set(seen.map((address) => address?.split(":")[0] ?? ""))].toSorted();
}

for (const kind of BY_4) {
  const { mapping, filtering, allocation } = NAT_KINDS[kind].v4 ?? never();

  labTest(`${kind}: the mapping is ${mapping}, the filter ${filtering}`, TEST_MS, async () => {
    using mapped = await Probe.open(lab, clientPlace(kind, 1));
    using filtered = await Probe.open(lab, clientPlace(kind, 1));

    const seen = await seenBy(mapped, observers);

    expect(seen).not.toContain(undefined);
    for (const host of hostsOf(seen)) expect(publicOf(kind)).toContain(host);
    expect(dependenceOf(seen)).toBe(mapping);
    expect(await filteringOf(filtered, observers)).toBe(filtering);
  });

  labTest(`${kind}: ports are ${allocation}`, TEST_MS, async () => {
    using probe = await Probe.open(lab, clientPlace(kind, 1));

    const ports = portsOf(await seenBy(probe, observers));
    const steps = ports.slice(1).map((port, index) => port - (ports[index] ?? 0));

    switch (allocation) {
      case "preserving":
        expect(ports).toEqual(ports.map(() => probe.port));
        return;
      case "sequential":
        expect(steps).toEqual(steps.map(() => 1));
        return;
      case "block":
        for (const port of ports) expect(port).toBeWithin(20_000, 30_000);
        return;
      case "random":
        expect(Math.max(...ports) - Math.min(...ports)).toBeGreaterThan(512);
        return;
      default:
        allocation satisfies never;
    }
  });
}

for (const kind of BY_6) {
  const { filtering } = NAT_KINDS[kind].v6 ?? never();

  labTest(
    `${kind}: over IPv6 nothing is translated, the filter ${filtering}`,
    TEST_MS,
    async () => {
      using mapped = await Probe.open(lab, clientPlace(kind, 1), { hostname: "::" });
      using filtered = await Probe.open(lab, clientPlace(kind, 1), { hostname: "::" });
      const own = `[${siteOf(clientPlace(kind, 1)).v6}]:${mapped.port}`;

      expect(await seenBy(mapped, observers6)).toEqual([own, own, own, own]);
      expect(await filteringOf(filtered, observers6)).toBe(filtering);
    },
  );
}

labTest("udp-blocked: nothing gets out", TEST_MS, async () => {
  using probe = await Probe.open(lab, "udp-blocked.1");

  for (const observer of observers) probe.send(observer.address, "blocked");
  await Bun.sleep(SILENCE_MS);

  expect(observers.flatMap(({ received }) => received.map(({ text }) => text))).not.toContain(
    "blocked",
  );
});

/** Whether a stranger's datagram that comes first changes the port that the stranger then sees. */
async function isPoisoned(kind: Kind): Promise<boolean> {
  const [known, stranger] = observers;
  if (known === undefined || stranger === undefined) return never();
  using probe = await Probe.open(lab, clientPlace(kind, 1));
  const [mapped] = await seenBy(probe, [known]);
  stranger.send(mapped ?? "", "too early");
  await Bun.sleep(SILENCE_MS);
  const [later] = await seenBy(probe, [stranger]);
  return later !== mapped;
}

labTest("of routers with one mapping only the poisoning one gives it up", TEST_MS, async () => {
  const kinds: readonly Kind[] = ["poisoning", "port-restricted", "rejecting", "block-independent"];

  const poisoned = await Promise.all(kinds.map(isPoisoned));

  expect(poisoned).toEqual([true, false, false, false]);
});

/** What the probe is seen as, by whoever sees it first. */
async function mappedOf(probe: Probe): Promise<string> {
  const [mapped] = await seenBy(probe, observers.slice(0, 1));
  return mapped ?? never();
}

labTest(
  "an early datagram between poisoning routers closes the way for both",
  TEST_MS,
  async () => {
    using one = await Probe.open(lab, "poisoning.1");
    using other = await Probe.open(lab, "poisoning.2");
    const [ofOne, ofOther] = [await mappedOf(one), await mappedOf(other)];

    one.send(ofOther, "too early");
    await Bun.sleep(SILENCE_MS);
    other.send(ofOne, "from another port");
    one.send(ofOther, "to the old port");
    await Bun.sleep(SILENCE_MS);

    expect([...one.received, ...other.received]).toEqual([]);
  },
);

labTest(
  "an early datagram with 4 hops to live opens a door and poisons none",
  TEST_MS,
  async () => {
    using one = await Probe.open(lab, "poisoning.1");
    using other = await Probe.open(lab, "poisoning.2");
    const [ofOne, ofOther] = [await mappedOf(one), await mappedOf(other)];

    one.send(ofOther, "ends in the core", 4);
    await Bun.sleep(SILENCE_MS);
    other.send(ofOne, "in by the open door");

    expect(await one.receive("in by the open door")).toMatchObject({ from: ofOther });
    one.send(ofOther, "and back");
    expect(await other.receive("and back")).toMatchObject({ from: ofOne });
    expect(other.received).toHaveLength(1);
  },
);

for (const [kind, isHairpin] of [
  ["hairpin", true],
  ["no-hairpin", false],
] as const) {
  const what = isHairpin ? "reach one another" : "do not";

  labTest(`${kind}: neighbours ${what} by their public addresses`, TEST_MS, async () => {
    using one = await Probe.open(lab, clientPlace(kind, 1));
    using other = await Probe.open(lab, clientPlace(kind, 2));
    const [ofOne, ofOther] = [await mappedOf(one), await mappedOf(other)];

    other.send(`${siteOf(clientPlace(kind, 1)).v4}:${one.port}`, "across the LAN");
    other.send(ofOne, "by the router");

    const across = `${siteOf(clientPlace(kind, 2)).v4}:${other.port}`;
    expect(await one.receive("across the LAN")).toMatchObject({ from: across });
    await Bun.sleep(SILENCE_MS);
    const found = one.received.filter(({ text }) => text === "by the router");
    expect(found.map(({ from }) => from)).toEqual(isHairpin ? [ofOther] : []);
  });
}

labTest("isolated neighbours are left with the hairpin", TEST_MS, async () => {
  const places = ["hairpin.1", "hairpin.2"] as const;
  using one = await Probe.open(lab, places[0]);
  using other = await Probe.open(lab, places[1]);
  const ofOne = await mappedOf(one);

  for (const place of places) await lab.setIsolation(place, true);
  other.send(`${siteOf(places[0]).v4}:${one.port}`, "across the LAN");
  other.send(ofOne, "by the router");
  await Bun.sleep(SILENCE_MS);
  for (const place of places) await lab.setIsolation(place, false);

  expect(one.received.map(({ text }) => text)).toEqual(["by the router"]);
});

labTest("a pool is one address for a paired client, all of them for another", TEST_MS, async () => {
  const pools: Record<string, string[]> = {};
  for (const kind of ["paired-pool", "arbitrary-pool"] as const) {
    const places = Array.from({ length: 6 }, () => clientPlace(kind, 1));
    const probes = await Promise.all(places.map(async (place) => Probe.open(lab, place)));
    const seen = await Promise.all(probes.map(async (probe) => seenBy(probe, observers)));
    pools[kind] = hostsOf(seen.flat());
    for (const probe of probes) probe[Symbol.dispose]();
  }

  expect(pools["paired-pool"]).toHaveLength(1);
  expect(pools["arbitrary-pool"]).toEqual([...siteOf("arbitrary-pool.1").public]);
});

labTest("an aged mapping dies however busy it is, each at its own time", TEST_MS, async () => {
  const LIFETIME_MS = 1200;
  const STEP_MS = 50;
  lab.setLifetime("aged.1", LIFETIME_MS);
  using older = await Probe.open(lab, "aged.1");
  using younger = await Probe.open(lab, "aged.1");
  const ofOlder = await mappedOf(older);
  await Bun.sleep(LIFETIME_MS / 2);
  const ofYounger = await mappedOf(younger);

  const startedAtMs = performance.now();
  const diedAtMs: (number | undefined)[] = [undefined, undefined];
  while (diedAtMs.includes(undefined) && performance.now() - startedAtMs < 2 * LIFETIME_MS) {
    await Bun.sleep(STEP_MS);
    if ((await mappedOf(older)) !== ofOlder) diedAtMs[0] ??= performance.now() - startedAtMs;
    if ((await mappedOf(younger)) !== ofYounger) diedAtMs[1] ??= performance.now() - startedAtMs;
  }

  const [olderMs = Infinity, youngerMs = Infinity] = diedAtMs;
  expect(youngerMs).toBeLessThan(2 * LIFETIME_MS);
  expect(youngerMs - olderMs).toBeGreaterThan(LIFETIME_MS / 4);
});

labTest("a flushed router lets nobody in, a restarted one uses other ports", TEST_MS, async () => {
  const [observer] = observers;
  using probe = await Probe.open(lab, "port-restricted.1");
  const before = await mappedOf(probe);

  lab.flush("port-restricted.1");
  observer?.send(before, "forgotten");
  await Bun.sleep(SILENCE_MS);
  expect(probe.received).toEqual([]);
  await lab.restart("port-restricted.1");
  const once = await mappedOf(probe);
  await lab.restart("port-restricted.1");
  const twice = await seenBy(probe, observers);

  expect(new Set(twice).size).toBe(1);
  expect(new Set([before, once, ...twice]).size).toBe(3);
  observer?.send(twice[0] ?? "", "known again");
  expect(await probe.receive("known again")).toBeDefined();
});

labTest("a place that has another address than before still gets out", TEST_MS, async () => {
  await lab.readdress("carrier-restricted.1", 77);
  using probe = await Probe.open(lab, "carrier-restricted.1", { hostname: "192.168.1.77" });

  expect(await seenBy(probe, observers)).not.toContain(undefined);
});

labTest("a place can lose one family of addresses, and get it back", TEST_MS, async () => {
  using by4 = await Probe.open(lab, "dual-stack.1");
  using by6 = await Probe.open(lab, "dual-stack.1", { hostname: "::" });
  const reached = async (): Promise<boolean[]> => {
    const tries = [tryToReach(by4, observers), tryToReach(by6, observers6)];
    return Promise.all(tries);
  };

  await lab.setFamilies("dual-stack.1", ["v6"]);
  const without4 = await reached();
  await lab.setFamilies("dual-stack.1", ["v4"]);
  const without6 = await reached();
  await lab.setFamilies("dual-stack.1", ["v4", "v6"]);
  const withBoth = await reached();

  expect({ without4, without6, withBoth }).toEqual({
    without4: [false, true],
    without6: [true, false],
    withBoth: [true, true],
  });
});

/** Without a route already the sending fails. */
async function tryToReach(probe: Probe, by: Observers): Promise<boolean> {
  const [observer] = by;
  const text = crypto.randomUUID();
  try {
    probe.send(observer?.address ?? "", text);
  } catch {
    return false;
  }
  return (await observer?.receive(text, SILENCE_MS)) !== undefined;
}

interface Expiry {
  /** Whether an answer still came in after so long a silence. */
  readonly afterShort: boolean;
  readonly afterLong: boolean;
}

async function watchExpiry(): Promise<Expiry> {
  const isLetIn = async (silenceMs: number): Promise<boolean> => {
    using probe = await Probe.open(lab, "short-lived.1");
    const mapped = await mappedOf(probe);
    await Bun.sleep(silenceMs);
    observers[0]?.send(mapped, "late");
    return (await probe.receive("late", SILENCE_MS)) !== undefined;
  };
  const [afterShort, afterLong] = await Promise.all([isLetIn(ALIVE_MS), isLetIn(EXPIRED_MS)]);
  return { afterShort, afterLong };
}

labTest("a short-lived mapping bears 8 s of silence, and not 12", 20_000, async () => {
  expect(await expiry).toEqual({ afterShort: true, afterLong: false });
});

function never(): never {
  throw new Error("Not in this lab");
}

// Last, because they change the whole lab.
const roundTripMs = async (place: ClientPlace): Promise<number> => {
  using probe = await Probe.open(lab, place);
  const [observer] = observers;
  const sentAtMs = performance.now();
  observer?.send(await mappedOf(probe), "back");
  const back = await probe.receive("back");
  return (back?.atMs ?? Infinity) - sentAtMs;
};

const leastRoundTripMs = async (place: ClientPlace): Promise<number> => {
  let least = Infinity;
  for (let i = 0; i < 5; i++) least = Math.min(least, await roundTripMs(place));
  return least;
};

labTest("the delay box holds each datagram for its time, each way its own", TEST_MS, async () => {
  await lab.setWays([
    { from: "port-restricted.1", delayMs: 5 },
    { to: "port-restricted.1", delayMs: 50 },
    { delayMs: 20 },
  ]);

  const [asymmetric, symmetric] = [
    await leastRoundTripMs("port-restricted.1"),
    await leastRoundTripMs("open.1"),
  ];

  // A busy machine may be late now and then, and none is early.
  expect(asymmetric).toBeWithin(55, 80);
  expect(symmetric).toBeWithin(40, 55);
});

labTest("the delay box loses the part of the datagrams that it is told to", TEST_MS, async () => {
  const SENT = 500;
  const [observer] = observers;
  await lab.setWays([{ from: "open.1", delayMs: 1, lossPercent: 20 }]);
  using probe = await Probe.open(lab, "open.1");

  for (let index = 0; index < SENT; index += 1) {
    probe.send(observer?.address ?? "", "one of many");
    if (index % 50 === 0) await Bun.sleep(1);
  }
  await Bun.sleep(SILENCE_MS);
  const arrived = observer?.received.filter(({ text }) => text === "one of many").length ?? 0;

  // Five standard deviations, of 9 each, around 400.
  expect(arrived).toBeWithin(355, 446);
});
