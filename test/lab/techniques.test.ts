/** That the lab's hard pairs can be met at all, with sockets of the lab's own: NAT.md's figures. */
import { afterAll, beforeAll, expect } from "bun:test";
import { hasLab, labTest } from "./labtest.ts";
import { siteOf, type ClientPlace } from "./plan.ts";
import { Probe } from "./probe.ts";
import { Topology } from "./topology.ts";

const TEST_MS = 10_000;

/** Ends in the core, however many routers its sender is behind. */
const SHORT_TTL = 4;

const SILENCE_MS = 60;

/** So many at once; more would fill the queues of a lab without delays. */
const BURST = 64;

let lab: Topology;
let observer: Probe;

beforeAll(async () => {
  if (!hasLab) return;
  const hard = ["symmetric-random", "symmetric-sequential", "block-dependent"] as const;
  lab = await Topology.build(
    ...hard.map((kind) => `${kind}.1` as const),
    "symmetric-sequential.2",
    "address-dependent.1",
    "carrier-symmetric.1",
    "arbitrary-pool.1",
    "port-restricted.1",
    "poisoning.1",
    "address-restricted.1",
  );
  observer = await Probe.open(lab, "server", { hostname: siteOf("server").v4 ?? "" });
});

afterAll(async () => {
  observer?.[Symbol.dispose]();
  await lab?.[Symbol.asyncDispose]();
});

async function mappedOf(probe: Probe): Promise<string> {
  const text = crypto.randomUUID();
  probe.send(observer.address, text);
  const seen = await observer.receive(text);
  if (seen === undefined) throw new Error("Nothing gets out");
  return seen.from;
}

/** The address and the port that a place's next mapping comes after. */
async function latestAt(place: ClientPlace): Promise<readonly [host: string, port: number]> {
  using probe = await Probe.open(lab, place);
  const [host = "", port] = (await mappedOf(probe)).split(":");
  return [host, Number(port)];
}

async function openMany(place: ClientPlace, count: number): Promise<Probe[]> {
  return Promise.all(Array.from({ length: count }, async () => Probe.open(lab, place)));
}

function disposeAll(probes: readonly Probe[]): void {
  for (const probe of probes) probe[Symbol.dispose]();
}

function portsFrom(low: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => low + index);
}

/** Uniformly at random, without repetition. */
function someOf(ports: readonly number[], count: number): number[] {
  const shuffled = ports.map((port) => [Math.random(), port] as const);
  return shuffled
    .toSorted(([a], [b]) => a - b)
    .map(([, port]) => port)
    .slice(0, count);
}

/**
 * The hard side opens its doors to the easy side's one port, which tries ports of the hard side's;
 * whether a conversation comes of it.
 */
async function isMet(
  hard: ClientPlace,
  easy: ClientPlace,
  sockets: number,
  ports: readonly number[],
): Promise<boolean> {
  const [host] = siteOf(hard).public;
  using prober = await Probe.open(lab, easy);
  const mapped = await mappedOf(prober);
  const openers = await openMany(hard, sockets);
  for (const opener of openers) opener.send(mapped, "open", SHORT_TTL);
  await Bun.sleep(SILENCE_MS);

  for (const [index, port] of ports.entries()) {
    prober.send(`${host}:${port}`, "probe");
    if (index % BURST === 0) await Bun.sleep(1);
  }
  await Bun.sleep(SILENCE_MS);
  const winner = openers.find(({ received }) => received.some(({ text }) => text === "probe"));
  winner?.send(mapped, "hit");
  const isHit = winner !== undefined && (await prober.receive("hit")) !== undefined;
  disposeAll(openers);
  return isHit;
}

const ALL_PORTS = portsFrom(1024, 64_512);

/** Of the kind that is symmetric within it: routers.ts. */
const BLOCK = portsFrom(20_000, 512);

for (const [hard, easy] of [
  ["symmetric-random.1", "port-restricted.1"],
  ["symmetric-random.1", "poisoning.1"],
  ["carrier-symmetric.1", "port-restricted.1"],
] as const) {
  labTest(`${hard} and ${easy} meet by 256 sockets and 4096 probes`, TEST_MS, async () => {
    // With 2048 it would miss once in 3800 times: (1 - 2048 / 64512) ^ 256.
    expect(await isMet(hard, easy, 256, someOf(ALL_PORTS, 4096))).toBe(true);
  });
}

labTest("within a known block 32 sockets and 256 probes are enough", TEST_MS, async () => {
  // With 128 it would miss once in 10 000 times: (1 - 128 / 512) ^ 32.
  const ports = someOf(BLOCK, 256);

  expect(await isMet("block-dependent.1", "port-restricted.1", 32, ports)).toBe(true);
});

labTest("one mapping per address is met within its ports", TEST_MS, async () => {
  const ports = someOf(portsFrom(20_000, 2048), 512);

  // Misses once in 90 000 000 times: (1 - 512 / 2048) ^ 64.
  expect(await isMet("address-dependent.1", "port-restricted.1", 64, ports)).toBe(true);
});

labTest("a sequence is met by the ports that come next", TEST_MS, async () => {
  const [, port] = await latestAt("symmetric-sequential.1");
  const ports = portsFrom(port + 1, 8);

  expect(await isMet("symmetric-sequential.1", "port-restricted.1", 1, ports)).toBe(true);
});

labTest("two sequences meet where both aim a little ahead", TEST_MS, async () => {
  const [SOCKETS, AHEAD] = [25, 20];
  const places = ["symmetric-sequential.1", "symmetric-sequential.2"] as const;
  const [one, other] = [await latestAt(places[0]), await latestAt(places[1])];
  const ofOne = await openMany(places[0], SOCKETS);
  const ofOther = await openMany(places[1], SOCKETS);

  for (const probe of ofOne) probe.send(`${other[0]}:${other[1] + AHEAD}`, "first", SHORT_TTL);
  for (const probe of ofOther) probe.send(`${one[0]}:${one[1] + AHEAD}`, "second");
  await Bun.sleep(SILENCE_MS);

  const met = ofOne.filter(({ received }) => received.some(({ text }) => text === "second"));
  expect(met.map(({ received }) => received[0]?.from)).toEqual([`${other[0]}:${other[1] + AHEAD}`]);
  disposeAll([...ofOne, ...ofOther]);
});

labTest("two random ones do not, however many tries that are allowed", TEST_MS, async () => {
  const ports = someOf(ALL_PORTS, 2048);

  expect(await isMet("symmetric-random.1", "carrier-symmetric.1", 256, ports)).toBe(false);
});

labTest("of a pool's addresses each must be let in", TEST_MS, async () => {
  using easy = await Probe.open(lab, "address-restricted.1");
  const mapped = await mappedOf(easy);
  const [first = "", second = ""] = siteOf("arbitrary-pool.1").public;
  const isAllIn = async (texts: readonly string[]): Promise<boolean> => {
    const hard = await openMany("arbitrary-pool.1", texts.length);
    for (const [index, probe] of hard.entries()) probe.send(mapped, texts[index] ?? "");
    await Bun.sleep(SILENCE_MS);
    disposeAll(hard);
    return texts.every((text) => easy.received.some((one) => one.text === text));
  };

  easy.send(`${first}:9`, "open");
  const byOne = await isAllIn(portsFrom(0, 16).map((number) => `one ${number}`));
  easy.send(`${second}:9`, "open");
  const byBoth = await isAllIn(portsFrom(0, 16).map((number) => `both ${number}`));

  expect({ byOne, byBoth }).toEqual({ byOne: false, byBoth: true });
});
