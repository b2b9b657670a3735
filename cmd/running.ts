import { EXIT } from "../lib/contract/exitcodes.ts";
import { parseOutgoingLine } from "../lib/contract/outgoingline.ts";
import type { Outgoing } from "../lib/contract/schema.ts";
import { connectTo } from "../lib/io/controlclient.ts";
import { Failure } from "../lib/io/failure.ts";
import { type ProfilePaths, profilePaths } from "../lib/io/profile.ts";
import type { InputLine } from "../lib/io/stdio.ts";
import { socketsOf, socketsThere } from "../lib/io/runtime.ts";
import { profileFlagOf } from "./chatoptions.ts";
import type { Flags } from "./flags.ts";
import { dataDirectoryOf } from "./profileflags.ts";

/** How long a node may take to say who it is: one that was stopped never does. */
const ANSWER_MS = 3000;

/** The farewells take two seconds at most, and what is to be written hardly longer. */
const ENDING_MS = 15_000;

type Answer = Extract<Outgoing, { type: "reply"; command: "node" | "web" }>;
type Node = Extract<Answer, { command: "node" }>;

/** A node that runs on this machine. */
export interface Running {
  readonly socket: string;
  /** What it says of itself. */
  readonly node: Node;
}

/** Those that the flags name, or all. */
export async function runningNodes(flags: Flags): Promise<readonly Running[]> {
  if (!isNamed(flags)) return await runningAtAny(socketsThere(process.env));
  const found = await runningAtAny(socketsOf(dataDirectoryOf(flags), process.env));
  if (found.length > 0 || flags.has("data-dir")) return found;
  // Its data may lie elsewhere: then it alone can tell whose it is.
  const profile = flags.text("profile") ?? flags.text("name");
  const all = await runningAtAny(socketsThere(process.env));
  return all.filter(({ node }) => node.profile === profile);
}

async function runningAtAny(sockets: readonly string[]): Promise<readonly Running[]> {
  const found = await Promise.all(sockets.map(async (socket) => runningAt(socket)));
  return found.filter((one) => one !== undefined);
}

/** The one of this data directory; undefined where none runs. */
export async function runningOf(dataDirectory: string): Promise<Running | undefined> {
  for (const socket of socketsOf(dataDirectory, process.env)) {
    const found = await runningAt(socket);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Of several none is meant. Throws a Failure that says which there are. */
export async function theRunningNode(flags: Flags): Promise<Running> {
  const [only, ...others] = await runningNodes(flags);
  if (only === undefined) throw new Failure(noneWords(flags), EXIT.failure);
  if (others.length === 0) return only;
  const which = [only, ...others].map(flagOf);
  throw new Failure(`Several run here, say which: ${which.join(", ")}`, EXIT.usage);
}

/** Where it keeps its data, which faces read as well. */
export function pathsOf(running: Running): ProfilePaths {
  const { profile, dataDirectory } = running.node;
  const { env } = process;
  const elsewhere = isElsewhere(running) ? dataDirectory : undefined;
  return profilePaths({ profile, dataDirectory: elsewhere, env });
}

/** The flag by which another command line means it. */
export function flagOf(running: Running): string {
  return profileFlagOf(pathsOf(running), isElsewhere(running));
}

/** Its data is not where its profile's would be. */
export function isElsewhere({ node }: Running): boolean {
  const { profile, dataDirectory } = node;
  const usual = profilePaths({ profile, dataDirectory: undefined, env: process.env });
  return usual.dataDirectory !== dataDirectory;
}

export function noneWords(flags: Flags): string {
  return isNamed(flags)
    ? "It does not run: p2pchat client --background starts it"
    : "Nobody's runs here: p2pchat client --name NAME --background starts one";
}

/** Where its page is, for one browser, as it is good once. Throws a Failure. */
export async function pageOf({ socket }: Running): Promise<string> {
  const answer = await ask(socket, "web", ANSWER_MS);
  if (typeof answer === "object" && answer.command === "web") return answer.url;
  throw new Failure("It does not say where its page is", EXIT.failure);
}

/** Asks a node to end, and waits until it has; false where that takes too long. */
export async function endOf({ socket }: Running): Promise<boolean> {
  return (await ask(socket, "stop", ENDING_MS)) !== "no answer";
}

/** Undefined where nobody listens or answers. */
async function runningAt(socket: string): Promise<Running | undefined> {
  const node = await ask(socket, "node", ANSWER_MS);
  return typeof node === "object" && node.command === "node" ? { socket, node } : undefined;
}

/** What a node answers, or that it has ended without a word. */
async function ask(
  socket: string,
  type: "node" | "web" | "stop",
  waitMs: number,
): Promise<Answer | "ended" | "no answer"> {
  const told = Promise.withResolvers<Answer | "ended" | "no answer">();
  const lines = await connectTo(socket, () => ({
    onLine: (line) => {
      const answer = answerIn(line);
      if (answer !== undefined) told.resolve(answer);
    },
    onRead: () => undefined,
    onCaughtUp: () => undefined,
    onClosed: () => told.resolve("ended"),
  }));
  if (lines === undefined) return "ended";
  const timer = setTimeout(() => told.resolve("no answer"), waitMs);
  lines.write(JSON.stringify({ req: "running", type }));
  lines.flush();
  const answer = await told.promise;
  clearTimeout(timer);
  lines.end();
  return answer;
}

function answerIn(line: InputLine): Answer | undefined {
  const told = line.kind === "line" ? parseOutgoingLine(line.text) : undefined;
  if (told?.type !== "reply") return undefined;
  return told.command === "node" || told.command === "web" ? told : undefined;
}

function isNamed(flags: Flags): boolean {
  return flags.has("name") || flags.has("profile") || flags.has("data-dir");
}
