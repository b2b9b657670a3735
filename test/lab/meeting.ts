import { join } from "node:path";
import { say, startClient, startServer } from "../support/chat.ts";
import type { Json, Program } from "../support/program.ts";
import { CrossTraffic } from "./crosstraffic.ts";
import type { Kind } from "./natkinds.ts";
import { clientPlace, siteOf, type ClientPlace } from "./plan.ts";
import type { Topology } from "./topology.ts";

/** Who writes first: the client behind the first router of a pair, or behind the second. */
export type Initiator = "a" | "b";

/** Two routers, and what is tried between the clients behind them. */
export interface Meeting {
  readonly a: Kind;
  readonly b: Kind;
  readonly initiator: Initiator;
}

export interface MeetingOptions {
  /** Where data directories may be made; each meeting needs one of its own. */
  readonly scratch: string;
  /** From the question to giving up, in milliseconds. */
  readonly patienceMs: number;
  /** A third client, in the open, who shares a room with both. */
  readonly hasMember: boolean;
  /** New flows of others behind each of the two routers. */
  readonly crossPerSecond: number;
  /** Of the server, so that several meetings can be held at once; it takes the next one too. */
  readonly port?: number;
}

/** What came of it. */
export interface Outcome {
  /** How the first message went; undefined if none arrived. */
  readonly path: "lan" | "direct" | "relay" | undefined;
  /** From `send` to the message's arrival, in milliseconds. */
  readonly tookMs: number | undefined;
  /** That the two places sent in this time. */
  readonly datagrams: number;
  /** What was said of a failure. */
  readonly reason: string | undefined;
}

const SERVER_PORT = 3478;

const START_MS = 10_000;

/** For the line that tells of the path: it may come after the message. */
const PATH_MS = 1000;

/** Starts a server and two clients that know nothing of one another, and sends one message. */
export async function meet(
  lab: Topology,
  { a, b, initiator }: Meeting,
  { scratch, patienceMs, hasMember, crossPerSecond, port = SERVER_PORT }: MeetingOptions,
): Promise<Outcome> {
  const [placeA, placeB] = [clientPlace(a, 1), clientPlace(b, 2)];
  await lab.add(placeA, placeB, ...(hasMember ? (["open.2"] as const) : []));
  // The ports of those who met here before are not to be missing.
  lab.flush(placeA);
  lab.flush(placeB);
  await using server = startServer({
    dataDir: join(scratch, "server"),
    listen: `[::]:${port}`,
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
  await using member = hasMember ? start("carol", "open.2") : undefined;
  await Promise.all([one, other, member].map((client) => isReady(client)));

  using crossA = await crossTraffic(lab, placeA, crossPerSecond);
  using crossB = await crossTraffic(lab, placeB, crossPerSecond);
  const sent = (): number =>
    lab.datagramsSent(placeA) +
    lab.datagramsSent(placeB) -
    (crossA?.sent ?? 0) -
    (crossB?.sent ?? 0);
  const before = sent();
  const [from, to, name] = initiator === "a" ? [one, other, "bob"] : [other, one, "ann"];
  const startedAtMs = performance.now();
  say(from, `@${name}`, "hello");
  const arrived = await to.line({ type: "message", text: "hello" }, { timeoutMs: patienceMs }).then(
    () => true,
    () => false,
  );
  const tookMs = performance.now() - startedAtMs;
  const datagrams = sent() - before;
  if (!arrived) return { path: undefined, tookMs: undefined, datagrams, reason: reasonOf(from) };
  return { path: await pathTo(from, name), tookMs, datagrams, reason: undefined };
}

async function crossTraffic(
  lab: Topology,
  place: ClientPlace,
  perSecond: number,
): Promise<CrossTraffic | undefined> {
  return perSecond > 0 ? CrossTraffic.start(lab, place, perSecond) : undefined;
}

/** One that reaches no server is ready all the same, after a while. */
async function isReady(client: Program | undefined): Promise<void> {
  await client?.line({ type: "ready" }, { timeoutMs: START_MS });
}

/** By its IPv6 address only where there is nothing else. */
function serverFor(place: ClientPlace, port: number): string {
  const { v4, v6 } = siteOf("server");
  return siteOf(place).v4 === undefined ? `[${v6}]:${port}` : `${v4}:${port}`;
}

async function pathTo(client: Program, name: string): Promise<Outcome["path"]> {
  const connected = { type: "peer", who: { name }, state: "connected" };
  const line = await client.line(connected, { timeoutMs: PATH_MS }).catch(() => undefined);
  const kind = isObject(line?.["path"]) ? line["path"]["kind"] : undefined;
  return kind === "lan" || kind === "relay" ? kind : "direct";
}

/** The last words of the client on the matter. */
function reasonOf(client: Program): string | undefined {
  const told = client.lines.flatMap((line) => {
    const words = line["type"] === "error" ? line["text"] : line["reason"];
    return typeof words === "string" ? [words] : [];
  });
  return told.at(-1);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}
