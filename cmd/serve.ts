import { isatty } from "node:tty";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { identityFromSecret } from "../lib/crypto/identity.ts";
import { systemClock } from "../lib/io/clock.ts";
import { Driver } from "../lib/io/driver.ts";
import { tellHuman } from "../lib/io/human.ts";
import { openCard } from "../lib/io/identity.ts";
import { type LogLevel, openLog } from "../lib/io/log.ts";
import { NetworkWatch } from "../lib/io/networkwatch.ts";
import type { Profile } from "../lib/io/profile.ts";
import { systemRandom } from "../lib/io/random.ts";
import { Lines, readLines } from "../lib/io/stdio.ts";
import type { UdpSocket } from "../lib/io/udp.ts";
import type { ServerCommand } from "../lib/node/commands.ts";
import type { ServerEvent } from "../lib/node/events.ts";
import { ServerNode } from "../lib/node/server.ts";
import { type ServerFace, ServerJson, ServerPrompt } from "../lib/ui/server.ts";
import { PROMPT } from "../lib/ui/serverready.ts";
import { Input } from "./input.ts";
import { joinLan, type LanSetup } from "./lan.ts";
import { addressAt, announcedAt, type Listen } from "./options.ts";
import { openSecondPorts } from "./secondports.ts";
import { onSignals } from "./signals.ts";
import { versionLine } from "./version.ts";

/** How long the farewells may take. */
const LEAVING_MS = 2000;

/** How long after a signal a reader that has stopped can hold up the end. */
const HELD_UP_MS = 2500;

export interface ServeOptions {
  /** The server's own, too. */
  readonly name: string;
  readonly profile: Profile;
  readonly secret: Uint8Array;
  readonly sockets: readonly UdpSocket[];
  readonly bound: readonly Listen[];
  /** The same, as people read it. */
  readonly addresses: readonly string[];
  readonly isPrompted: boolean;
  readonly isVerbose: boolean;
  readonly logLevel: LogLevel;
}

/** Serves on sockets that are bound, until it is told to end; returns the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { name, profile, bound, addresses, isVerbose, logLevel } = options;
  const second = await openSecondPorts(bound);
  const log = openLog({ name, file: profile.logFile, level: logLevel, isVerbose });
  const identity = identityFromSecret(options.secret);
  const now = systemClock.now();
  const { serial } = openCard(profile.cardFile, name, identity, now);
  const sockets = [...bound, ...second.bound].map(addressAt);
  const machine = new ServerNode({ now, random: systemRandom, identity, name, serial, sockets });
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
  const network = new NetworkWatch({ clock: systemClock });
  const driver = new Driver<ServerEvent, ServerCommand>({
    machine,
    network,
    sockets: [...options.sockets, ...second.sockets],
    store: undefined,
    onDatagram: log.onDatagram,
    onEvent: (event) => {
      if (event.type === "log") log.write(event);
      face.handleEvent(systemClock.now(), event);
      if (event.type === "bye") finish();
    },
    onTurnEnd: () => out.flush(),
  });
  const face = faceOf(options.isPrompted, out, (command) => driver.command(command));
  const forget = onSignals((code) => {
    setTimeout(() => out.drop(), HELD_UP_MS);
    leave(code);
  });
  const input = commandsOf(face, out, () => driver.command({ type: "quit" }));

  driver.start();
  void input.run();
  const leaveLan = announce(options, { identity, serial, log, network });
  await end.promise;
  await leaveLan();
  await out.idle();
  forget();
  note("stopped");
  log.close();
  profile.close();
  return exitCode;
}

/** On the local network, where that reaches it. */
function announce(
  { name, bound }: ServeOptions,
  node: Pick<LanSetup, "identity" | "serial" | "log" | "network">,
): () => Promise<void> {
  const reachable = announcedAt(bound);
  if (reachable === undefined) return async () => undefined;
  return joinLan({ role: "server", name, ...reachable, ...node, found: undefined });
}

function faceOf(
  isPrompted: boolean,
  out: Lines,
  command: (command: ServerCommand) => void,
): ServerFace {
  const door = { write: (line: string) => out.write(line), command };
  return isPrompted
    ? new ServerPrompt({ door, prompt: () => out.prompt(PROMPT) })
    : new ServerJson(door);
}

/** The end of a terminal's input is a wish to leave; a pipe's is none, as under a supervisor. */
function commandsOf(face: ServerFace, out: Lines, quit: () => void): Input {
  const isTerminal = isatty(0) && isatty(1);
  const then = (handle: (now: number) => void): void => {
    handle(systemClock.now());
    out.flush();
  };
  return new Input(readLines(), {
    get wantsInput() {
      return !out.isBehind;
    },
    handleLine: (line) => then((now) => face.handleLine(now, line)),
    handleWrongLine: (fault) => then((now) => face.handleWrongLine(now, fault)),
    handleEnd: () => {
      if (isTerminal) quit();
    },
  });
}
