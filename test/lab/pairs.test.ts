import { afterAll, beforeAll, expect } from "bun:test";
import { ask, delivered, say, startClient, startServer } from "../support/chat.ts";
import type { Json, Program } from "../support/program.ts";
import { Scratch } from "../support/scratch.ts";
import { hasLab, labTest } from "./labtest.ts";
import { siteOf, type ClientPlace } from "./plan.ts";
import { Topology, type ServerTraffic } from "./topology.ts";

const PLACES = {
  open: "open.1",
  homeA: "port-restricted.1",
  homeB: "port-restricted.2",
  lan1: "no-hairpin.1",
  lan2: "no-hairpin.2",
} as const satisfies Record<string, ClientPlace>;

type Name = keyof typeof PLACES;
const NAMES: readonly Name[] = ["open", "homeA", "homeB", "lan1", "lan2"];

const PAIRS = NAMES.flatMap((one, index) =>
  NAMES.slice(index + 1).map((other) => [one, other] as const),
);

const SERVER_PORT = 3478;
const SERVER = `${siteOf("server").v4}:${SERVER_PORT}`;

/** The neighbours share theirs. */
const HOSTS = NAMES.length - 1;

/** How long each looks at its own network when it begins. */
const SURVEY_MS = 4000;

/**
 * What a socket may cost the server in a minute of talk with others, both directions added: 16 for
 * the session, as many for the lives of mappings, which are looked at in the first minutes, and as
 * many for a path that did not answer for a while on a busy machine, and its introduction.
 */
const DATAGRAMS_MAX = 48;

/** The largest is an introduction, which two ask for whose path has not answered for a while. */
const DATAGRAM_BYTES_MAX = 400;

const TALK_MS = 60_000;
const MESSAGES = 1000;
const RETURN_MS = 30_000;

const scratch = new Scratch();
const clients = new Map<Name, Program>();
let lab: Topology;
let server: Program;

beforeAll(async () => {
  if (!hasLab) return;
  lab = await Topology.build(...Object.values(PLACES));
  server = await serve();
  for (const name of NAMES) {
    const dataDir = scratch.join(name);
    const within = lab.within(PLACES[name]);
    clients.set(name, startClient({ name, dataDir, server: SERVER, within }));
  }
}, 20_000);

afterAll(async () => {
  for (const program of [...clients.values(), server]) await program?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

async function serve(): Promise<Program> {
  const listen = `0.0.0.0:${SERVER_PORT}`;
  const within = lab.within("server");
  const program = startServer({ dataDir: scratch.join("server"), listen, within });
  await program.line({ type: "ready", role: "server" });
  return program;
}

function client(name: Name): Program {
  const program = clients.get(name);
  if (program === undefined) throw new Error(`No client ${name}: the lab was not set up`);
  return program;
}

/** One lobby message and one direct message each way, all seen and all known as delivered. */
async function talk(one: Name, other: Name, topic: string): Promise<void> {
  const ways = [
    [one, other],
    [other, one],
  ] as const;
  await Promise.all(ways.map(([from, to]) => deliver(from, to, topic)));
}

async function deliver(from: Name, to: Name, topic: string): Promise<void> {
  const lobbyText = `${topic}: ${from} to all, for ${to}`;
  const directText = `${topic}: ${from} to ${to} alone`;
  const inLobby = say(client(from), "#lobby", lobbyText);
  const direct = say(client(from), `@${to}`, directText);
  const said = { type: "message", from: { name: from } };

  await Promise.all([
    client(to).line({ ...said, room: "#lobby", text: lobbyText }),
    client(to).line({ ...said, room: `@${from}`, text: directText }),
    delivered(client(from), inLobby, to),
    delivered(client(from), direct, to),
  ]);
}

async function connected(from: Name, to: Name, kind: "lan" | "direct"): Promise<void> {
  const who = { name: to };
  await client(from).line({ type: "peer", who, state: "connected", path: { kind } });
}

async function everyoneConnected(): Promise<void> {
  const ways = PAIRS.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]);
  await Promise.all(
    ways.map(([from, to]) =>
      client(from).line({ type: "peer", who: { name: to }, state: "connected" }),
    ),
  );
}

for (const [one, other] of PAIRS) {
  const kind = one === "lan1" && other === "lan2" ? "lan" : "direct";

  labTest(`${one} and ${other} talk both ways over a ${kind} path`, 20_000, async () => {
    await connected(one, other, kind);
    await connected(other, one, kind);

    await talk(one, other, "hello");
  });
}

labTest("a minute of talk costs the server a few small datagrams", 90_000, async () => {
  await everyoneConnected();
  await Bun.sleep(SURVEY_MS);
  const before = await lab.serverTraffic();

  const sent = await talkForAMinute();
  const during = difference(before, await lab.serverTraffic());
  await Promise.all(sent.map(({ from, req, to }) => delivered(client(from), req, to)));

  expect(sent).toHaveLength(MESSAGES);
  for (const name of NAMES) expect(heardTwice(client(name))).toEqual([]);
  const talkers = Map.groupBy(during, (row) => row.client);
  const hosts = new Set(Array.from(talkers.keys(), (address) => address.split(":")[0]));
  expect(hosts.size).toBeLessThanOrEqual(HOSTS);
  for (const [address, rows] of talkers) {
    const datagrams = rows.reduce((sum, row) => sum + row.datagrams, 0);
    const bytesMax = Math.max(...rows.map((row) => row.bytes));
    const cost = { address, isFrugal: datagrams <= DATAGRAMS_MAX, datagrams, rows };
    expect(cost).toMatchObject({ isFrugal: true });
    expect(bytesMax).toBeLessThanOrEqual(DATAGRAM_BYTES_MAX);
  }
});

labTest("with the server killed, those who are connected talk on", 40_000, async () => {
  await everyoneConnected();

  server.kill("SIGKILL");
  await server.exited;
  await Promise.all(PAIRS.map(([one, other]) => talk(one, other, "the server has just died")));
  // Longer than the keepalive: now every client has seen the server not answer.
  await Bun.sleep(10_000);
  await Promise.all(PAIRS.map(([one, other]) => talk(one, other, "the server is long dead")));
});

labTest("a server that comes back has everyone back", 60_000, async () => {
  const dead = server;
  dead.kill("SIGKILL");
  await dead.exited;

  server = await serve();
  const isBack = await eventually(RETURN_MS, async () => {
    const { clients: listed } = await ask(server, { type: "list" });
    return NAMES.every((name) => names(listed).includes(name));
  });
  expect(isBack).toBe(true);

  for (const name of NAMES) {
    const { clients: listed } = await ask(client(name), { type: "list" });
    expect(names(listed).toSorted()).toEqual([...NAMES].toSorted());
  }
  await Promise.all(PAIRS.map(([one, other]) => talk(one, other, "the server is back")));
});

interface Sent {
  readonly from: Name;
  readonly to: Name;
  readonly req: string;
}

/** Spreads the messages over the minute: each client in turn, every other one to the lobby. */
async function talkForAMinute(): Promise<Sent[]> {
  const sent: Sent[] = [];
  const startedAtMs = performance.now();
  for (let index = 0; index < MESSAGES; index += 1) {
    const from = NAMES[index % NAMES.length] ?? "open";
    const others = NAMES.filter((name) => name !== from);
    const to = others[Math.floor(index / NAMES.length) % others.length] ?? "open";
    const target = index % 2 === 0 ? "#lobby" : `@${to}`;
    sent.push({ from, to, req: say(client(from), target, `message ${index}`) });

    const dueAtMs = startedAtMs + ((index + 1) * TALK_MS) / MESSAGES;
    await Bun.sleep(Math.max(0, dueAtMs - performance.now()));
  }
  return sent;
}

/** Ids of messages that a client was shown more than once. */
function heardTwice(program: Program): unknown[] {
  const messages = program.lines.filter((line) => line["type"] === "message");
  const byId = Map.groupBy(messages, (line) => line["id"]);
  return [...byId].filter(([, lines]) => lines.length > 1).map(([id]) => id);
}

function difference(before: readonly ServerTraffic[], after: readonly ServerTraffic[]) {
  const key = (row: ServerTraffic): string => `${row.direction} ${row.client} ${row.bytes}`;
  const earlier = new Map(before.map((row) => [key(row), row.datagrams]));
  return after
    .map((row) => ({
      direction: row.direction,
      client: row.client,
      bytes: row.bytes,
      datagrams: row.datagrams - (earlier.get(key(row)) ?? 0),
    }))
    .filter((row) => row.datagrams > 0);
}

/** Tries once a second until it holds; a refusal counts as not yet. */
async function eventually(timeoutMs: number, holds: () => Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    if (await holds().catch(() => false)) return true;
    await Bun.sleep(1000);
  }
  return false;
}

function names(listed: unknown): string[] {
  const rows: readonly Json[] = Array.isArray(listed) ? listed : [];
  return rows.map((row) => String(row["name"]));
}
