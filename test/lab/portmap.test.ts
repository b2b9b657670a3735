import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { delivered, say, startClient, startServer } from "../support/chat.ts";
import { type Json, Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { SKIPPED } from "../support/tally.ts";
import { hasLab } from "./labtest.ts";
import { Miniupnpd, miniupnpdObstacle, type MiniupnpdOptions } from "./miniupnpd.ts";
import { type ClientPlace, siteOf } from "./plan.ts";
import { Probe } from "./probe.ts";
import { Topology } from "./topology.ts";

const HOME = "port-restricted.1";
const AWAY = "port-restricted.2";
/** Who are behind routers like this can meet in no other way than by a mapping. */
const HARD_HOME = "symmetric-random.1";
const HARD_AWAY = "symmetric-random.2";
const GUARDED = "dual-stack.1";
const GUARDED_AWAY = "dual-stack.2";
const SERVER = `${siteOf("server").v4}:3478`;
const PUBLIC_IP = siteOf(HOME).public[0] ?? "";
const OWN_IP = siteOf(HOME).v4 ?? "";
const TEST_MS = 20_000;

/** Half of it is the time between renewals; a mapping that is not renewed lives no longer. */
const LEASE_S = 2;

/** More than two leases; and a router's clock must have come further than one just switched on. */
const UPTIME_MS = 4500;

/** How often a router is asked whether it has begun anew; by PCP it says so itself. */
const OFTEN_MS = 500;
const NEVER_MS = 600_000;

const PLACES = [HOME, AWAY, HARD_HOME, HARD_AWAY, GUARDED, GUARDED_AWAY] as const;

const reason = hasLab ? miniupnpdObstacle() : "needs the lab";
const hasDaemon = reason === undefined;
let lab: Topology;
let scratch: Scratch;
const started: AsyncDisposable[] = [];

beforeAll(async () => {
  scratch = new Scratch();
  if (hasDaemon) lab = await Topology.build(...PLACES);
});

afterEach(async () => {
  for (const it of started.splice(0).toReversed()) await it[Symbol.asyncDispose]();
});

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

function mapTest(name: string, body: () => Promise<void>): void {
  const fullName = hasDaemon ? name : `${name}${SKIPPED}${reason}`;
  test.skipIf(!hasDaemon)(fullName, body, TEST_MS);
}

async function startRouter(
  options: MiniupnpdOptions,
  place: ClientPlace = HOME,
): Promise<Miniupnpd> {
  const daemon = await Miniupnpd.start(lab, place, scratch, options);
  started.push(daemon);
  return daemon;
}

function startMapper(place: ClientPlace, ...args: readonly string[]): Program {
  const command = ["bun", join(import.meta.dir, "mapperhost.ts"), ...args];
  const program = new Program(command, { within: lab.within(place) });
  started.push(program);
  return program;
}

/** The mapped port, which is the one outside, too. */
async function mappedPort(mapper: Program, protocol: string): Promise<number> {
  const { address } = await mapper.line({ type: "mapped", protocol });
  const [ip, port] = String(address).split(":");
  expect(ip).toBe(PUBLIC_IP);
  return Number(port);
}

const WAYS = [
  ["PCP", "both", { upnp: true, natPmp: true }, [`${NEVER_MS}`]],
  ["PCP", "NAT-PMP and PCP", { upnp: false, natPmp: true }, [`${NEVER_MS}`]],
  ["NAT-PMP", "NAT-PMP and PCP", { upnp: false, natPmp: true }, [`${OFTEN_MS}`, "natpmp"]],
  ["UPnP", "UPnP alone", { upnp: true, natPmp: false }, [`${OFTEN_MS}`]],
] as const;

for (const [protocol, spoken, options, rest] of WAYS) {
  mapTest(`a router that speaks ${spoken} maps by ${protocol} as long as it is to`, async () => {
    const daemon = await startRouter(options);
    const brief = startMapper(HOME, `${LEASE_S}`, ...rest);
    const long = startMapper(HOME, "7200", ...rest);
    using peer = await Probe.open(lab, AWAY);

    const briefPort = await mappedPort(brief, protocol);
    const longPort = await mappedPort(long, protocol);
    const rules = [briefPort, longPort].map((port) => `${port} to ${OWN_IP}:${port}`);
    expect((await daemon.mappings()).toSorted()).toEqual(rules.toSorted());
    peer.send(`${PUBLIC_IP}:${briefPort}`, "unasked");
    const heard = await brief.line({ type: "received", text: "unasked" });
    expect(heard["from"]).toBe(`${siteOf(AWAY).public[0]}:${peer.port}`);

    await Bun.sleep(UPTIME_MS);
    peer.send(`${PUBLIC_IP}:${briefPort}`, "still there?");
    await brief.line({ type: "received", text: "still there?" });
    expect(renewals(brief)).toBeGreaterThanOrEqual(2);
    expect(renewals(brief)).toBeLessThanOrEqual(5);
    expect(brief.lines.filter(({ type }) => type === "lost")).toEqual([]);
    expect(renewals(long)).toBe(0);

    await daemon.restart();
    await long.line({ type: "log", message: "router has begun anew" });
    await until(async () => (await daemon.mappings()).length === 2, "all is mapped again");
    using stranger = await Probe.open(lab, AWAY);
    stranger.send(`${PUBLIC_IP}:${longPort}`, "again");
    await long.line({ type: "received", text: "again" });

    for (const { pid } of [brief, long]) process.kill(pid, "SIGTERM");
    for (const mapper of [brief, long]) {
      const closed = await mapper.line({ type: "closed" });
      expect(closed["afterMs"]).toBeLessThan(400);
    }
    expect(await daemon.mappings()).toEqual([]);
  });
}

mapTest("a router lets IPv6 in by PCP, to the port that asked alone", async () => {
  const daemon = await startRouter({ upnp: true, natPmp: true, isGuard: true }, GUARDED);
  using closed = await Probe.open(lab, GUARDED, { hostname: "::" });
  const mapper = startMapper(GUARDED, "7200");
  using peer = await Probe.open(lab, GUARDED_AWAY, { hostname: "::" });

  const isIpv6 = ({ type, address }: Json) => type === "mapped" && `${address}`.startsWith("[");
  const { address, protocol } = await mapper.line(isIpv6);
  const port = Number(/\d+$/.exec(`${address}`)?.[0]);
  expect(`${address}`).toBe(`[${siteOf(GUARDED).v6}]:${port}`);
  expect(protocol).toBe("PCP");
  peer.send(`[${siteOf(GUARDED).v6}]:${closed.port}`, "to a closed door");
  peer.send(`${address}`, "unasked");
  await mapper.line({ type: "received", text: "unasked" });
  expect(closed.received).toEqual([]);
  expect(await daemon.openPorts()).toContain(port);

  process.kill(mapper.pid, "SIGTERM");
  await mapper.line({ type: "closed" });
  expect(await daemon.openPorts()).toEqual([]);
});

mapTest("a router that maps nothing is no trouble", async () => {
  const mapper = startMapper(HOME, "7200");

  await mapper.line({ type: "log", message: "port not mapped", protocol: "PCP" });

  process.kill(mapper.pid, "SIGTERM");
  const closed = await mapper.line({ type: "closed" });
  expect(closed["afterMs"]).toBeLessThan(400);
});

mapTest("a mapping lets two meet whose routers let nobody in", async () => {
  const daemon = await startRouter({ upnp: true, natPmp: true }, HARD_HOME);
  await startChatServer();
  startChat("ann", HARD_HOME);
  await until(async () => (await daemon.mappings()).length === 1, "ann's port is mapped");
  const [port = ""] = /^\d+/.exec((await daemon.mappings())[0] ?? "") ?? [];

  const bob = startChat("bob", HARD_AWAY);
  const connected = await bob.line({ type: "peer", who: { name: "ann" }, state: "connected" });
  await delivered(bob, say(bob, "@ann", "hello"), "ann");

  const remote = `${siteOf(HARD_HOME).public[0]}:${port}`;
  expect(connected).toMatchObject({ path: { kind: "direct", remote } });
  expect(logOf("ann")).toContain('"message":"port mapped"');
});

for (const [signal, exitCode] of [
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const) {
  mapTest(`a client that gets ${signal} leaves no mapping behind`, async () => {
    const daemon = await startRouter({ upnp: true, natPmp: true });
    await startChatServer();
    const ann = startChat(signal, HOME);
    await until(async () => (await daemon.mappings()).length === 1, "the port is mapped");
    const began = performance.now();

    ann.kill(signal);

    expect(await ann.exited).toBe(exitCode);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(await daemon.mappings()).toEqual([]);
  });
}

mapTest("a client with --no-portmap asks no router", async () => {
  const daemon = await startRouter({ upnp: true, natPmp: true });
  await startChatServer();
  const ann = startChat("unmapped", HOME, false);
  await ann.line({ type: "ready" });

  await Bun.sleep(1000);

  expect(await daemon.mappings()).toEqual([]);
  expect(logOf("unmapped")).not.toContain("port ");
});

async function startChatServer(): Promise<void> {
  const dataDir = scratch.join("server");
  const listen = "0.0.0.0:3478";
  const server = startServer({ dataDir, listen, within: lab.within("server") });
  started.push(server);
  await server.line({ type: "ready" });
}

function startChat(name: string, place: ClientPlace, isMapped = true): Program {
  const [dataDir, within] = [scratch.join(name), lab.within(place)];
  const client = startClient({ name, dataDir, server: SERVER, within, isMapped });
  started.push(client);
  return client;
}

function logOf(name: string): string {
  const file = scratch.join(name, "p2pchat.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > 10_000) throw new Error(`Waited in vain: ${what}`);
    await Bun.sleep(50);
  }
}

function renewals(mapper: Program): number {
  return mapper.lines.filter(({ message }) => message === "port mapping renewed").length;
}
