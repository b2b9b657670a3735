import { systemClock } from "../lib/io/clock.ts";
import { Failure } from "../lib/io/failure.ts";
import {
  isHeld,
  Profile,
  type ProfilePaths,
  profilePaths,
  SERVER_PROFILE,
} from "../lib/io/profile.ts";
import { publicKeysOf } from "../lib/io/publickeys.ts";
import { systemRandom } from "../lib/io/random.ts";
import { openSecret } from "../lib/io/secret.ts";
import { Lines } from "../lib/io/stdio.ts";
import type { UdpSocket } from "../lib/io/udp.ts";
import { readyLine } from "../lib/ui/serverready.ts";
import { readFlags } from "./flags.ts";
import { addressAt, type Listen, openSocket, parseListen, parseLogLevel } from "./options.ts";
import { SERVER_PORT } from "./table.ts";

/** Of the profile and the server itself. */
const NAME = SERVER_PROFILE;

/**
 * Says that it listens as soon as it does, and loads all the rest then: what arrives meanwhile
 * waits in the sockets. Each module of the runtime that this file needs delays the line by a tenth
 * of what an empty program takes, node:fs by a third.
 */
export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("server", rawArgs);
  const logLevel = parseLogLevel(flags.text("log-level"));
  const listens = flags.texts("listen").map(parseListen);
  if (listens.length === 0) listens.push({ host: undefined, port: SERVER_PORT });
  const dataDirectory = flags.text("data-dir");
  const paths = profilePaths({ profile: NAME, dataDirectory, env: process.env });

  const profile = openedOrTold(paths);
  const secret = openSecret(profile.identityFile, systemRandom);
  const { id, noiseKey } = await publicKeysOf(secret);
  const sockets: UdpSocket[] = [];
  const bound: Listen[] = [];
  for (const listen of listens) {
    const socket = await openSocket(listen);
    sockets.push(socket);
    bound.push({ host: listen.host, port: socket.port });
  }
  const addresses = bound.map(addressAt);
  const isPrompted = !flags.has("json") && (await isTerminal());
  const ready = { address: addresses[0] ?? "", id, key: noiseKey };
  const out = new Lines(1);
  if (isPrompted) {
    const { greet } = await import("./greeting.ts");
    greet(out, ready, bound);
  } else {
    out.write(readyLine(systemClock.now(), ready));
  }
  out.flush();

  const { serve } = await import("./serve.ts");
  const isVerbose = flags.has("verbose");
  return await serve({
    name: NAME,
    profile,
    secret,
    sockets,
    bound,
    addresses,
    isPrompted,
    isVerbose,
    logLevel,
  });
}

/** Loaded only here: node:tty takes longer to load than all of the above to run. */
async function isTerminal(): Promise<boolean> {
  const { isatty } = await import("node:tty");
  return isatty(0) && isatty(1);
}

/** Two servers of one identity would be one to everybody; another identity lies elsewhere. */
function openedOrTold(paths: ProfilePaths): Profile {
  try {
    return Profile.open(paths);
  } catch (error) {
    if (!isHeld(error)) throw error;
    const hint = "it is a server already; --data-dir DIR is for a second one";
    throw new Failure(`${error.message}: ${hint}`, error.exitCode, error);
  }
}
