import type { ArgsDef, CommandDef } from "citty";
import { isatty } from "node:tty";
import { addressOf, addressScope, formatIp } from "../lib/base/address.ts";
import { toHex } from "../lib/base/bytes.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import type { Identity } from "../lib/crypto/identity.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Driver } from "../lib/io/driver.ts";
import { tellHuman } from "../lib/io/human.ts";
import { openIdentity, openSerial } from "../lib/io/identity.ts";
import { readInterfaces } from "../lib/io/interfaces.ts";
import { type Log, openLog, parseLogLevel } from "../lib/io/log.ts";
import { Profile, profilePaths, SERVER_PROFILE } from "../lib/io/profile.ts";
import { systemRandom } from "../lib/io/random.ts";
import { Lines, readLines } from "../lib/io/stdio.ts";
import type { UdpSocket } from "../lib/io/udp.ts";
import type { ServerCommand } from "../lib/node/commands.ts";
import type { ServerEvent } from "../lib/node/events.ts";
import { ServerNode } from "../lib/node/server.ts";
import type { Door } from "../lib/ui/face.ts";
import { type ServerFace, ServerJson, ServerPrompt } from "../lib/ui/server.ts";
import { type Flags, readFlags } from "./flags.ts";
import { Input } from "./input.ts";
import { type Listen, listeningAt, openSocket, parseListen } from "./options.ts";
import { onSignals } from "./signals.ts";
import { versionLine } from "./version.ts";

/** Where a server listens unless it is told otherwise: STUN's port, which few networks close. */
const PORT = 3478;

/** Addresses shown to the person at the terminal. */
const SHOWN_ADDRESSES_MAX = 4;

/** How long the farewells may take. */
const LEAVING_MS = 2000;

/** How long after a signal a reader that has stopped can hold up the end. */
const HELD_UP_MS = 2500;

/** Of the command, the profile and the server itself. */
const NAME = SERVER_PROFILE;

const args: ArgsDef = {
  listen: {
    type: "string",
    valueHint: "IP:PORT",
    description: `where, any number of times; else [::]:${PORT}, which takes IPv4 too`,
  },
  "data-dir": { type: "string", valueHint: "DIR", description: "keeps everything in DIR" },
  json: { type: "boolean", description: "one JSON object per line, both ways" },
  verbose: { type: "boolean", description: "shows the log on standard error too" },
  "log-level": { type: "string", valueHint: "L", description: "error, warn, info, debug or trace" },
};

export const command: CommandDef = {
  meta: { name: NAME, description: "Introduce people to each other; no message passes here" },
  args,
};

export const notes = `
On a terminal it shows what a client types, and takes list, peer NUMBER, punch, help and quit.
Without one, or with --json, the same come as JSON lines on standard input; the end of input ends
nothing there. SIGTERM and SIGINT end it; those who are connected stay connected.`;

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags(NAME, rawArgs, args);
  const parts = await openParts(flags);
  const { log, identity, sockets, machine, bound } = parts;
  const addresses = bound.map(({ host, port }) => listeningAt(host, port));
  const note = (message: string): void =>
    log.write({
      type: "log",
      level: "info",
      message,
      fields: { version: versionLine(), addresses: addresses.join(" "), id: identity.peerId },
    });
  note("started");

  const end = Promise.withResolvers<number>();
  let exitCode: number = EXIT.done;
  const finish = (): void => {
    driver.close();
    // The turn in which the farewells left is still to be carried to its end.
    setImmediate(() => end.resolve(exitCode));
  };
  const leave = (code: number): void => {
    exitCode = code;
    driver.command({ type: "quit" });
    setTimeout(finish, LEAVING_MS);
  };
  const out = new Lines(1, undefined, {
    onFailure: (failure) => {
      tellHuman(`p2pchat: ${failure.message}`);
      leave(failure.exitCode);
    },
    onCaughtUp: () => input.wake(),
  });
  const driver = new Driver<ServerEvent, ServerCommand>({
    machine,
    sockets,
    store: undefined,
    onDatagram: log.onDatagram,
    onEvent: (event) => {
      if (event.type === "log") log.write(event);
      face.handleEvent(systemClock.now(), event);
      if (event.type === "bye") finish();
    },
    onTurnEnd: () => out.flush(),
  });
  const face = faceOf(flags, { bound, out, command: (asked) => driver.command(asked) });
  const forget = onSignals((code) => {
    setTimeout(() => out.drop(), HELD_UP_MS);
    leave(code);
  });
  const input = commandsOf(face, out, () => driver.command({ type: "quit" }));

  driver.start();
  const key = toHex(identity.noise.publicKey);
  face.handleReady(systemClock.now(), { address: addresses[0] ?? "", id: identity.peerId, key });
  out.flush();
  void input.run();
  await end.promise;
  await out.idle();
  forget();
  note("stopped");
  log.close();
  parts.profile.close();
  return exitCode;
}

interface ServerParts {
  readonly profile: Profile;
  readonly log: Log;
  readonly identity: Identity;
  readonly sockets: readonly UdpSocket[];
  readonly machine: ServerNode;
  /** Where the sockets are bound. */
  readonly bound: readonly Listen[];
}

async function openParts(flags: Flags): Promise<ServerParts> {
  const level = parseLogLevel(flags.text("log-level") ?? "info");
  const listens = flags.texts("listen").map(parseListen);
  if (listens.length === 0) listens.push({ host: undefined, port: PORT });
  const dataDirectory = flags.text("data-dir");
  const paths = profilePaths({ profile: NAME, dataDirectory, env: process.env });

  const profile = Profile.open(paths);
  const isVerbose = flags.has("verbose");
  const log = openLog({ name: NAME, file: profile.logFile, level, isVerbose });
  const identity = openIdentity(profile.identityFile, systemRandom);
  const now = systemClock.now();
  const serial = openSerial(profile.cardFile, NAME, now);
  const sockets: UdpSocket[] = [];
  const bound: Listen[] = [];
  for (const listen of listens) {
    const socket = await openSocket(listen);
    sockets.push(socket);
    bound.push({ host: listen.host, port: socket.port });
  }
  const machine = new ServerNode({ now, random: systemRandom, identity, name: NAME, serial });
  return { profile, log, identity, sockets, machine, bound };
}

interface FaceParts {
  readonly bound: readonly Listen[];
  readonly out: Lines;
  readonly command: (command: ServerCommand) => void;
}

function faceOf(flags: Flags, { bound, out, command: give }: FaceParts): ServerFace {
  const door: Door<ServerCommand> = { write: (line) => out.write(line), command: give };
  if (flags.has("json") || !isTerminal()) return new ServerJson(door);
  return new ServerPrompt({
    door,
    prompt: () => out.prompt("server> "),
    version: versionLine(),
    reachableAt: reachableAt(bound),
  });
}

function isTerminal(): boolean {
  return isatty(0) && isatty(1);
}

/** The end of a terminal's input is a wish to leave; a pipe's is none, as under a supervisor. */
function commandsOf(face: ServerFace, out: Lines, quit: () => void): Input {
  const then = (handle: (now: number) => void): void => {
    handle(systemClock.now());
    out.flush();
  };
  return new Input(readLines(), {
    get wantsInput() {
      return !out.isBehind;
    },
    handleLine: (line) => then((now) => face.handleLine(now, line)),
    handleWrongLine: (what) => then((now) => face.handleWrongLine(now, what)),
    handleEnd: () => {
      if (isTerminal()) quit();
    },
  });
}

/** What clients may type, the most promising first: public before private, IPv4 before IPv6. */
function reachableAt(bound: readonly Listen[]): readonly string[] {
  const found = bound.flatMap(({ host, port }) => {
    const isAny = host === undefined || host === "::" || host === "0.0.0.0";
    const ips = isAny ? readInterfaces().map(({ ip }) => formatIp(ip)) : [host];
    const usable = host === "0.0.0.0" ? ips.filter((ip) => !ip.includes(":")) : ips;
    return usable.flatMap((ip) => addressOf(ip, port) ?? []);
  });
  const worth = found.filter((address) => ORDER.includes(addressScope(address)));
  const shown = worth.length > 0 ? worth : found;
  return shown
    .toSorted((a, b) => ORDER.indexOf(addressScope(a)) - ORDER.indexOf(addressScope(b)))
    .slice(0, SHOWN_ADDRESSES_MAX);
}

const ORDER = ["public", "private"];
