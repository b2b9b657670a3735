import { join } from "node:path";
import { say, startClient, startServer } from "../support/chat.ts";
import type { Json, Program } from "../support/program.ts";
import { CrossTraffic } from "./crosstraffic.ts";
import { feasible, type Kind } from "./natkinds.ts";
import { COMMON_PLACE, siteOf, type ClientPlace } from "./plan.ts";
import type { Topology } from "./topology.ts";
import type { Turn } from "./turns.ts";

/** Who writes first: the client behind the first router of a pair, or behind the second. */
export type Initiator = "a" | "b";

/** Two routers, and what is tried between the clients behind them. */
export interface Meeting {
  readonly a: Kind;
  readonly b: Kind;
  readonly initiator: Initiator;
}

export interface MeetingOptions extends Turn {
  /** Where data directories may be made; each meeting needs one of its own. */
  readonly scratch: string;
  /** From the question to giving up, in milliseconds. */
  readonly patienceMs: number;
  /** A third client, in the open, who shares a room with both; without one the two share none. */
  readonly hasMember: boolean;
  /** Whether both have looked at their routers before anything is said. */
  readonly knowsRouters: boolean;
  /** New flows of others behind each of the two routers. */
  readonly crossPerSecond: number;
}

/** What came of it. */
export interface Outcome {
  /** How the first message went; undefined if none arrived. */
  readonly path: "lan" | "direct" | "relay" | undefined;
  /** From `send` to the message's arrival, in milliseconds. */
  readonly tookMs: number | undefined;
  /** The same of a second message, once the path of the first was there. */
  readonly againMs: number | undefined;
  /** That the two places sent until the first message arrived, or was given up. */
  readonly datagrams: number;
  /** What was said of a failure. */
  readonly reason: string | undefined;
  /** From `send` until it was said, in milliseconds. */
  readonly toldMs: number | undefined;
}

/** Several are held at once: each has a server of its own, which takes the next port too. */
const FIRST_PORT = 4000;
const PORTS_APART = 10;

/** All that are the server's, by two of which a router tells one mapping from several. */
const SERVER_HOSTS = [
  "198.51.100.10",
  "198.51.100.11",
  "[2001:db8:ffff::10]",
  "[2001:db8:ffff::11]",
] as const;

/** One that reaches no server is ready all the same, after a while. */
const START_MS = 20_000;

/** For the line that tells of the path: it may come after the message, on a busy machine long. */
const PATH_MS = 20_000;

/** For a second word, between two who have met. */
const AGAIN_MS = 1000;

/** Until two who have just come, or have just met, have nothing more to settle. */
const CALM_MS = 300;

/** Starts a server and two clients that know nothing of one another, and sends one message. */
export async function meet(
  lab: Topology,
  { a, b, initiator }: Meeting,
  { scratch, patienceMs, hasMember, knowsRouters, crossPerSecond, number, places }: MeetingOptions,
): Promise<Outcome> {
  const [placeA, placeB] = places;
  await lab.add(...places, ...(hasMember ? ([COMMON_PLACE] as const) : []));
  // The ports of those who met here before are not to be missing.
  for (const place of places) lab.flush(place);
  const port = FIRST_PORT + PORTS_APART * number;
  await using server = startServer({
    dataDir: join(scratch, "server"),
    ...listenAtAll(port),
    within: lab.within("server"),
  });
  await server.line({ type: "ready" });
  const start = (name: string, place: ClientPlace): Program =>
    startClient({
      name,
      dataDir: join(scratch, name),
      server: serverFor(place, port),
      within: lab.within(place),
      args: hasMember ? [] : ["--no-lobby"],
    });

  await using one = start("ann", placeA);
  await using other = start("bob", placeB);
  await using member = hasMember ? start("carol", COMMON_PLACE) : undefined;
  await Promise.all(
    [one, other, member].map((client) => client?.line({ type: "ready" }, { timeoutMs: START_MS })),
  );

  await Bun.sleep(CALM_MS);
  const looks = knowsRouters ? [one, other] : [];
  await Promise.all(looks.map((client) => client.line({ type: "nat" }, { timeoutMs: START_MS })));

  using crossA = await crossTraffic(lab, placeA, crossPerSecond);
  using crossB = await crossTraffic(lab, placeB, crossPerSecond);
  const sent = (): number => {
    const cross = (crossA?.sent ?? 0) + (crossB?.sent ?? 0);
    return lab.datagramsSent(placeA) + lab.datagramsSent(placeB) - cross;
  };
  const isHopeless = !hasMember && feasible(a, b) === "infeasible";
  const [ends, to] =
    initiator === "a" ? ([[one, other], "bob"] as const) : ([[other, one], "ann"] as const);
  return await exchange(ends, { patienceMs, to, sent, isHopeless });
}

interface Exchange {
  readonly patienceMs: number;
  /** The name of who is written to. */
  readonly to: string;
  /** How many datagrams both have sent so far. */
  readonly sent: () => number;
  /** Whether the words that they do not meet are the end of it. */
  readonly isHopeless: boolean;
}

/** Who writes, and who reads. */
type Ends = readonly [from: Program, to: Program];

/** What a server in the lab is started with, to be seen at all its addresses. */
export function listenAtAll(port: number): { readonly listen: string; readonly args: string[] } {
  const [listen = "", ...others] = SERVER_HOSTS.map((host) => `${host}:${port}`);
  return { listen, args: others.flatMap((address) => ["--listen", address]) };
}

async function exchange(ends: Ends, options: Exchange): Promise<Outcome> {
  const { patienceMs, to, sent, isHopeless } = options;
  const [writer, reader] = ends;
  const before = sent();
  const since = writer.lines.length;
  const startedAtMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedAtMs;
  say(writer, `@${to}`, "hello");
  const given = { timeoutMs: patienceMs };
  const arrival = reader.line({ type: "message", text: "hello" }, given).then(elapsedMs, never);
  const told = writer
    .line((line) => wordsOf(line) !== undefined, { ...given, since })
    .then(elapsedMs, never);

  const tookMs = await (isHopeless ? Promise.race([arrival, told.then(never)]) : arrival);
  const datagrams = sent() - before;
  if (tookMs === undefined) {
    const reason = writer.lines.slice(since).flatMap((line) => wordsOf(line) ?? []);
    const failed = { path: undefined, tookMs, againMs: undefined, datagrams };
    return { ...failed, reason: reason.at(-1), toldMs: await told };
  }
  const path = await pathTo(writer, to);
  const againMs = await again(ends, to);
  return { path, tookMs, againMs, datagrams, reason: undefined, toldMs: undefined };
}

function never(): undefined {
  return undefined;
}

/** How long a word takes between two who have met, in milliseconds. */
async function again([writer, reader]: Ends, to: string): Promise<number | undefined> {
  await Bun.sleep(CALM_MS);
  const startedAtMs = performance.now();
  say(writer, `@${to}`, "hello again");
  const arrival = reader.line({ type: "message", text: "hello again" }, { timeoutMs: AGAIN_MS });
  return arrival.then(() => performance.now() - startedAtMs, never);
}

async function crossTraffic(
  lab: Topology,
  place: ClientPlace,
  perSecond: number,
): Promise<CrossTraffic | undefined> {
  return perSecond > 0 ? CrossTraffic.start(lab, place, perSecond) : undefined;
}

/** By its IPv6 address only where there is nothing else. */
function serverFor(place: ClientPlace, port: number): string {
  const { v4, v6 } = siteOf("server");
  return siteOf(place).v4 === undefined ? `[${v6}]:${port}` : `${v4}:${port}`;
}

async function pathTo(client: Program, name: string): Promise<Outcome["path"]> {
  const connected = { type: "peer", who: { name }, state: "connected" };
  const line = await client.line(connected, { timeoutMs: PATH_MS });
  const kind = isObject(line["path"]) ? line["path"]["kind"] : undefined;
  if (kind === "lan" || kind === "direct" || kind === "relay") return kind;
  throw new Error(`who is connected has no path: ${JSON.stringify(line)}`);
}

/** What a line says of a message that does not arrive. */
function wordsOf(line: Json): string | undefined {
  const { type, state, text, reason } = line;
  const words = type === "error" ? text : reason;
  const isSaid = type === "error" || (type === "peer" && state === "unreachable");
  return isSaid && typeof words === "string" ? words : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}
