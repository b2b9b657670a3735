import { isatty } from "node:tty";
import { EXIT } from "../lib/contract/exitcodes.ts";
import type { Outgoing } from "../lib/contract/schema.ts";
import { Failure } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { holderOf, type ProfilePaths, profilePaths } from "../lib/io/profile.ts";
import { profileOf, socketsOf, socketsThere } from "../lib/io/runtime.ts";
import { profileFlagOf } from "./chatoptions.ts";
import type { Flags } from "./flags.ts";
import { askNode } from "./nodequestion.ts";
import { dataDirectoryOf } from "./profileflags.ts";
import { quotedFor } from "./shellwords.ts";
import { type Silent, silentWords, waitingWords } from "./silent.ts";

/** How long a node is waited for that listens and says nothing: its disk may hold it up. */
export interface Patience {
  /** Until a person is told of it. */
  readonly quietMs: number;
  readonly totalMs: number;
}

const PATIENCE: Patience = { quietMs: 3000, totalMs: 15_000 };

type Node = Extract<Outgoing, { type: "reply"; command: "node" }>;

/** A node that runs on this machine. */
export interface Running {
  readonly kind: "running";
  readonly socket: string;
  /** What it says of itself. */
  readonly node: Node;
}

export type Found = Running | Silent;

/** Those that the flags name, or all. */
export async function nodesFound(
  flags: Flags,
  patience: Patience = PATIENCE,
): Promise<readonly Found[]> {
  const everywhere = async () => foundAt(socketsThere(process.env), patience);
  if (!isNamed(flags)) return await everywhere();
  const dataDirectory = dataDirectoryOf(flags);
  const found = await foundAt(socketsOf(dataDirectory, process.env), patience, dataDirectory);
  if (found.length > 0 || flags.has("data-dir")) return found;
  // Its data may lie elsewhere: then it alone can tell whose it is.
  const profile = flags.text("profile") ?? flags.text("name");
  const all = await everywhere();
  return all.filter((one) => profile === (one.kind === "running" ? one.node : one).profile);
}

/** The one of this data directory; undefined where none runs. */
export async function nodeOf(dataDirectory: string): Promise<Found | undefined> {
  const [first] = await foundAt(socketsOf(dataDirectory, process.env), PATIENCE, dataDirectory);
  return first;
}

/** Of several none is meant. Throws a Failure that says which there are. */
export async function theRunningNode(flags: Flags): Promise<Running> {
  const [only, ...others] = await nodesFound(flags);
  if (only === undefined) throw new Failure(noneWords(flags), EXIT.failure);
  if (others.length > 0) {
    const which = [only, ...others].map(flagOf);
    throw new Failure(`Several run here, say which: ${which.join(", ")}`, EXIT.usage);
  }
  if (only.kind === "silent") throw new Failure(silentWords(only), EXIT.failure);
  return only;
}

/** Where it keeps its data, which faces read as well. */
export function pathsOf(running: Running): ProfilePaths {
  const { profile, dataDirectory } = running.node;
  const { env } = process;
  const elsewhere = isElsewhere(running) ? dataDirectory : undefined;
  return profilePaths({ profile, dataDirectory: elsewhere, env });
}

/** The flag by which another command line means it. */
export function flagOf(found: Found): string {
  if (found.kind === "silent") return `--profile ${found.profile}`;
  return profileFlagOf(pathsOf(found), isElsewhere(found));
}

/** Its data is not where its profile's would be. */
export function isElsewhere({ node }: Running): boolean {
  const { profile, dataDirectory } = node;
  return usualPaths(profile).dataDirectory !== dataDirectory;
}

export function noneWords(flags: Flags): string {
  const name = flags.text("name");
  const others = (["profile", "data-dir"] as const).flatMap((flag) => {
    const value = flags.text(flag);
    return value === undefined ? [] : [` --${flag} ${quotedFor("", value)}`];
  });
  const starts = `p2pchat client --name ${name ?? "NAME"}${others.join("")} --background starts`;
  return isNamed(flags)
    ? `${name ?? "This client"} does not run: ${starts} it`
    : `No client runs here: ${starts} one`;
}

/** Where its page is, for one browser, as it is good once. Throws a Failure. */
export async function pageOf({ socket }: Running): Promise<string> {
  let url: string | undefined;
  await askNode({
    socket,
    type: "web",
    patience: AbortSignal.timeout(PATIENCE.totalMs),
    onTold: (told) => {
      if (told.type === "reply" && told.command === "web") ({ url } = told);
      return url !== undefined;
    },
  });
  if (url !== undefined) return url;
  throw new Failure("It does not say where its page is", EXIT.failure);
}

/**
 * One that is slow is told of, and waited for unless others answer. `dataDirectory`: theirs, where
 * that is known.
 */
async function foundAt(
  sockets: readonly string[],
  { quietMs, totalMs }: Patience,
  dataDirectory?: string,
): Promise<readonly Found[]> {
  const end = new AbortController();
  const open = new Set(sockets);
  let [isQuiet, isAnswered] = [false, false];
  const quiet = setTimeout(() => {
    isQuiet = true;
    if (isAnswered) end.abort();
    else for (const socket of open) tellOf(silentAt(socket, dataDirectory));
  }, quietMs);
  const last = setTimeout(() => end.abort(), totalMs);
  const found = await Promise.all(
    sockets.map(async (socket): Promise<Found | undefined> => {
      const node = await nodeAt(socket, end.signal);
      open.delete(socket);
      if (node === "silence") return silentAt(socket, dataDirectory);
      isAnswered ||= node !== undefined;
      if (isAnswered && isQuiet) end.abort();
      return node && { kind: "running", socket, node };
    }),
  );
  clearTimeout(quiet);
  clearTimeout(last);
  return found.filter((one) => one !== undefined);
}

/** Whoever waits here is to know for what. */
function tellOf(silent: Silent): void {
  if (isatty(2)) tellHuman(`p2pchat: ${waitingWords(silent)}`);
}

/** Undefined where nobody listens. */
async function nodeAt(
  socket: string,
  patience: AbortSignal,
): Promise<Node | "silence" | undefined> {
  let node: Node | undefined;
  const how = await askNode({
    socket,
    type: "node",
    patience,
    onTold: (told) => {
      if (told.type === "reply" && told.command === "node") node = told;
      return node !== undefined;
    },
  });
  return how === "silence" ? how : node;
}

function silentAt(socket: string, dataDirectory = usualDataOf(socket)): Silent {
  const pid = dataDirectory === undefined ? undefined : holderOf(dataDirectory);
  return { kind: "silent", profile: profileOf(socket), pid };
}

/** Where the profile that a socket is named by has its data, if that is what it is of. */
function usualDataOf(socket: string): string | undefined {
  try {
    const { dataDirectory } = usualPaths(profileOf(socket));
    return socketsOf(dataDirectory, process.env).includes(socket) ? dataDirectory : undefined;
  } catch (error) {
    // Of a name that is too long for a socket's only the beginning is there, or nothing.
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

function usualPaths(profile: string): ProfilePaths {
  return profilePaths({ profile, dataDirectory: undefined, env: process.env });
}

function isNamed(flags: Flags): boolean {
  return flags.has("name") || flags.has("profile") || flags.has("data-dir");
}
