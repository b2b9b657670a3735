import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { delivered, say, startClient, startServer } from "../support/chat.ts";
import { BINARY, type Json, Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { SKIPPED } from "../support/tally.ts";
import { hasLab } from "./labtest.ts";
import { Miniupnpd, miniupnpdObstacle, type MiniupnpdOptions } from "./miniupnpd.ts";
import { type ClientPlace, siteOf } from "./plan.ts";
import { Probe } from "./probe.ts";
import { Topology } from "./topology.ts";

const AWAY = "port-restricted.2";
/** Who are behind routers like this can meet in no other way than by a mapping. */
const HARD_HOME = "symmetric-random.1";
const HARD_AWAY = "symmetric-random.2";
const GUARDED = "dual-stack.1";
const GUARDED_AWAY = "dual-stack.2";
const SERVER = `${siteOf("server").v4}:3478`;
const TEST_MS = 90_000;

/** Who asked a router in the moment in which it begins anew asks again after a while. */
const PATIENCE_MS = 40_000;

/** How long a router takes to close a port, and how often a busy one may miss that it should. */
const SHUT_MS = 1_000;
const SHUT_TRIES = 4;

/** Half of it is the time between renewals; a mapping that is not renewed lives no longer. */
const LEASE_S = 2;

/** More than two leases; and a router's clock must have come further than one just switched on. */
const UPTIME_MS = 4500;

/** How often a router is asked whether it has begun anew; by PCP it says so itself. */
const OFTEN_MS = 500;
const NEVER_MS = 600_000;

/** Between one word into a mapped port and the next, until it is heard. */
const SAY_MS = 200;

/** What routers speak, what a client speaks to them, and where such a router is. */
const WAYS = [
  ["PCP", "all three", "port-restricted.1", { upnp: true, natPmp: true }, [`${NEVER_MS}`]],
  ["PCP", "NAT-PMP and PCP", "rejecting.1", { upnp: false, natPmp: true }, [`${NEVER_MS}`]],
  [
    "NAT-PMP",
    "both but is asked by one",
    "rejecting.2",
    { upnp: false, natPmp: true },
    [`${OFTEN_MS}`, "natpmp"],
  ],
  ["UPnP", "UPnP alone", "poisoning.1", { upnp: true, natPmp: false }, [`${OFTEN_MS}`]],
] as const;

const SIGNALS = [
  ["SIGTERM", 143, "short-lived.1"],
  ["SIGINT", 130, "short-lived.2"],
] as const;

const UNMAPPING = "poisoning.2";
const UNASKED = "aged.1";
const EXAMINED = "block-dependent.1";

const OTHERS = [
  AWAY,
  HARD_HOME,
  HARD_AWAY,
  GUARDED,
  GUARDED_AWAY,
  UNMAPPING,
  UNASKED,
  EXAMINED,
] as const;
const PLACES = [...OTHERS, ...[...WAYS, ...SIGNALS].map(([, , place]) => place)];

const reason = hasLab ? miniupnpdObstacle() : "needs the lab";
const hasDaemon = reason === undefined;
let lab: Topology;
let scratch: Scratch;
let server: Program;

beforeAll(async () => {
  scratch = new Scratch();
  if (!hasDaemon) return;
  lab = await Topology.build(...PLACES);
  const dataDir = scratch.join("server");
  server = startServer({ dataDir, listen: "0.0.0.0:3478", within: lab.within("server") });
  await server.line({ type: "ready" });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

/** What a test has started; it ends what was started last first. */
type Started = AsyncDisposableStack;

/** They run side by side, each at places of its own. */
function mapTest(name: string, body: (started: Started) => Promise<void>): void {
  const fullName = hasDaemon ? name : `${name}${SKIPPED}${reason}`;
  const run = async (): Promise<void> => {
    await using started = new AsyncDisposableStack();
    await body(started);
  };
  if (hasDaemon) test.concurrent(fullName, run, TEST_MS);
  else test.skip(fullName, run);
}

async function startRouter(
  started: Started,
  place: ClientPlace,
  options: MiniupnpdOptions = { upnp: true, natPmp: true },
): Promise<Miniupnpd> {
  return started.use(await Miniupnpd.start(lab, place, scratch, options));
}

function startMapper(started: Started, place: ClientPlace, ...args: readonly string[]): Program {
  const command = ["bun", join(import.meta.dir, "mapperhost.ts"), ...args];
  return started.use(new Program(command, { within: lab.within(place) }));
}

/** The mapped port, which is the one outside, too. */
async function mappedPort(mapper: Program, place: ClientPlace, protocol: string): Promise<number> {
  const { address } = await mapper.line({ type: "mapped", protocol });
  const [ip, port] = String(address).split(":");
  expect(ip).toBe(siteOf(place).public[0]);
  return Number(port);
}

mapTest("a doctor finds a router that maps, and leaves nothing behind", async (started) => {
  const daemon = await startRouter(started, EXAMINED);
  const command = [BINARY, "doctor", "--json", "--server", SERVER];
  const nowhere = ["--data-dir", scratch.join("doctor")];
  const visit = started.use(
    new Program([...command, ...nowhere], { within: lab.within(EXAMINED) }),
  );

  expect(await visit.exited).toBe(0);
  const found = await visit.line({ type: "check", name: "portmap" });
  expect(found).toMatchObject({ state: "ok", fix: null });
  expect(found["text"]).toMatch(/^the router opened \S+:\d+ by (?:PCP|NAT-PMP|UPnP)$/);
  await until(async () => (await daemon.mappings()).length === 0, "nothing is mapped");
});

for (const [protocol, spoken, place, options, rest] of WAYS) {
  mapTest(`a router that speaks ${spoken} maps by ${protocol} as it is to`, async (started) => {
    const [publicIp] = siteOf(place).public;
    const daemon = await startRouter(started, place, options);
    const brief = startMapper(started, place, `${LEASE_S}`, ...rest);
    const long = startMapper(started, place, "7200", ...rest);
    using peer = await Probe.open(lab, AWAY);

    const briefPort = await mappedPort(brief, place, protocol);
    const longPort = await mappedPort(long, place, protocol);
    const rules = [briefPort, longPort].map((port) => `${port} to ${siteOf(place).v4}:${port}`);
    expect((await daemon.mappings()).toSorted()).toEqual(rules.toSorted());
    const heard = await reach(peer, `${publicIp}:${briefPort}`, brief, "unasked");
    expect(heard["from"]).toBe(`${siteOf(AWAY).public[0]}:${peer.port}`);

    await Bun.sleep(UPTIME_MS);
    await reach(peer, `${publicIp}:${briefPort}`, brief, "still there?");
    expect(renewals(brief)).toBeGreaterThanOrEqual(2);
    expect(renewals(brief)).toBeLessThanOrEqual(5);
    expect(brief.lines.filter(({ type }) => type === "lost")).toEqual([]);
    expect(renewals(long)).toBe(0);

    await daemon.restart();
    await long.line({ type: "log", message: "router has begun anew" });
    await until(async () => (await daemon.mappings()).length === 2, "all is mapped again");
    using stranger = await Probe.open(lab, AWAY);
    await reach(stranger, `${publicIp}:${longPort}`, long, "again");

    for (const { pid } of [brief, long]) process.kill(pid, "SIGTERM");
    for (const mapper of [brief, long]) {
      await mapper.line({ type: "closed" });
    }
    await until(async () => (await daemon.mappings()).length === 0, "nothing is mapped");
  });
}

mapTest("a router lets IPv6 in by PCP, to the port that asked alone", async (started) => {
  const daemon = await startRouter(started, GUARDED, {
    upnp: true,
    natPmp: true,
    isGuard: true,
  });
  // What a busy router is told in a client's last 300 ms may be lost: the lease ends it then.
  for (let isShut = false, tries = 1; !isShut; tries += 1) {
    expect(tries).toBeLessThanOrEqual(SHUT_TRIES);
    isShut = await opensAndShuts(started, daemon);
  }
});

/** Whether the port is closed when its client has ended. */
async function opensAndShuts(started: Started, daemon: Miniupnpd): Promise<boolean> {
  using closed = await Probe.open(lab, GUARDED, { hostname: "::" });
  const mapper = startMapper(started, GUARDED, "7200");
  using peer = await Probe.open(lab, GUARDED_AWAY, { hostname: "::" });

  const isIpv6 = ({ type, address }: Json) => type === "mapped" && textOf(address).startsWith("[");
  const line = await mapper.line(isIpv6);
  const address = textOf(line["address"]);
  const port = Number(/\d+$/.exec(address)?.[0]);
  expect(address).toBe(`[${siteOf(GUARDED).v6}]:${port}`);
  expect(line["protocol"]).toBe("PCP");
  peer.send(`[${siteOf(GUARDED).v6}]:${closed.port}`, "to a closed door");
  await reach(peer, address, mapper, "unasked");
  expect(closed.received).toEqual([]);
  expect(await daemon.openPorts()).toContain(port);

  process.kill(mapper.pid, "SIGTERM");
  await mapper.line({ type: "closed" });
  await Bun.sleep(SHUT_MS);
  return !(await daemon.openPorts()).includes(port);
}

mapTest("a router that maps nothing is no trouble", async (started) => {
  const mapper = startMapper(started, UNMAPPING, "7200");

  await mapper.line({ type: "log", message: "port not mapped", protocol: "PCP" });

  process.kill(mapper.pid, "SIGTERM");
  await mapper.line({ type: "closed" });
});

mapTest("a mapping lets two meet whose routers let nobody in", async (started) => {
  const daemon = await startRouter(started, HARD_HOME);
  startChat(started, "ann", HARD_HOME);
  await until(async () => (await daemon.mappings()).length === 1, "ann's port is mapped");
  const [port = ""] = /^\d+/.exec((await daemon.mappings())[0] ?? "") ?? [];

  const bob = startChat(started, "bob", HARD_AWAY);
  const connected = await bob.line({ type: "peer", who: { name: "ann" }, state: "connected" });
  await delivered(bob, say(bob, "@ann", "hello"), "ann");

  const remote = `${siteOf(HARD_HOME).public[0]}:${port}`;
  expect(connected).toMatchObject({ path: { kind: "direct", remote } });
  expect(logOf("ann")).toContain('"message":"port mapped"');
});

for (const [signal, exitCode, place] of SIGNALS) {
  mapTest(`a client that gets ${signal} leaves no mapping behind`, async (started) => {
    const daemon = await startRouter(started, place);
    const ann = startChat(started, signal, place);
    await until(async () => (await daemon.mappings()).length === 1, "the port is mapped");
    const began = performance.now();

    ann.kill(signal);

    expect(await ann.exited).toBe(exitCode);
    expect(performance.now() - began).toBeLessThan(2000);
    await until(async () => (await daemon.mappings()).length === 0, "nothing is mapped");
  });
}

mapTest("a client with --no-portmap asks no router", async (started) => {
  const daemon = await startRouter(started, UNASKED);
  const ann = startChat(started, "unmapped", UNASKED, false);
  await ann.line({ type: "ready" });

  await Bun.sleep(1000);

  expect(await daemon.mappings()).toEqual([]);
  expect(logOf("unmapped")).not.toContain("port ");
});

function startChat(started: Started, name: string, place: ClientPlace, isMapped = true): Program {
  const [dataDir, within] = [scratch.join(name), lab.within(place)];
  const client = startClient({ name, dataDir, server: SERVER, within, isMapped });
  return started.use(client);
}

function logOf(name: string): string {
  const file = scratch.join(name, "p2pchat.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Says it until it is heard: a datagram may be lost on the way. */
async function reach(from: Probe, address: string, to: Program, text: string): Promise<Json> {
  const saying = setInterval(() => from.send(address, text), SAY_MS);
  try {
    from.send(address, text);
    return await to.line({ type: "received", text });
  } finally {
    clearInterval(saying);
  }
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > PATIENCE_MS) throw new Error(`Waited in vain: ${what}`);
    await Bun.sleep(50);
  }
}

function renewals(mapper: Program): number {
  return mapper.lines.filter(({ message }) => message === "port mapping renewed").length;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
