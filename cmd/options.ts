import {
  type Address,
  addressOf,
  addressScope,
  hostOf,
  parseAddress,
  portOf,
} from "../lib/base/address.ts";
import { assert } from "../lib/base/assert.ts";
import { parseName, parseRoomName } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { typedTarget } from "../lib/contract/target.ts";
import { Failure } from "../lib/io/failure.ts";
import type { LogLevel } from "../lib/io/log.ts";
import { keepLastPort, readLastPort } from "../lib/io/lastport.ts";
import { UdpSocket } from "../lib/io/udp.ts";
import { firstDatagramBytes } from "../lib/wire/packet.ts";
import { type Flags, shorten } from "./flags.ts";

/** Where to listen: an address, or any of the machine's. */
export interface Listen {
  readonly host: string | undefined;
  /** 0 for one of the system's choice. */
  readonly port: number;
}

const DAY_SECONDS = 86_400;
const TIMEOUT_SECONDS = 30;

export function parseListen(text: string): Listen {
  // Port 0 is no endpoint, but a place to listen.
  const [, zeroPort] = /^(.*):0$/.exec(text) ?? [];
  const address = parseAddress(zeroPort === undefined ? text : `${zeroPort}:1`);
  if (address === undefined) {
    throw wrong("--listen", text, "write IP:PORT, as in 0.0.0.0:3478 or [::]:3478");
  }
  return { host: hostOf(address), port: zeroPort === undefined ? portOf(address) : 0 };
}

/** Throws a Failure that also says what to do. */
export async function openSocket(listen: Listen): Promise<UdpSocket> {
  try {
    return await UdpSocket.open({ ...listen, firstDatagramBytes });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const text = `${error.message}: choose another with --listen IP:PORT`;
    throw new Failure(text, error.exitCode, error);
  }
}

/**
 * A client's own: where nobody says which port, the one of its last run, at which its routers and
 * those who look for it know it, if that is free.
 */
export async function openOwnSocket(listen: Listen, portFile: string): Promise<UdpSocket> {
  if (listen.port !== 0) return openSocket(listen);
  const last = readLastPort(portFile);
  const again = last === undefined ? undefined : await openAgain({ ...listen, port: last });
  const socket = again ?? (await openSocket(listen));
  if (socket.port !== last) keepLastPort(portFile, socket.port);
  return socket;
}

async function openAgain(listen: Listen): Promise<UdpSocket | undefined> {
  try {
    return await UdpSocket.open({ ...listen, firstDatagramBytes });
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Where a socket is bound; an unbound host is IPv6's, which takes IPv4 too. */
export function addressAt({ host, port }: Listen): Address {
  const address = addressOf(host ?? "::", port);
  assert(address !== undefined, "what is bound has an address");
  return address;
}

/** Where those on the local network reach it; undefined where only this machine does. */
export function announcedAt(bound: readonly Listen[]): Listen | undefined {
  return bound.find(({ host, port }) => {
    const address = host === undefined ? undefined : addressOf(host, port);
    return address === undefined || addressScope(address) !== "loopback";
  });
}

/** What a name may be, in words. */
export const NAME_SHAPE = "1 to 32 letters, digits, - _ or .";

export function parseOwnName(text: string): string {
  const name = parseName(text);
  if (name !== undefined) return name;
  throw wrong("--name", text, NAME_SHAPE);
}

/** Each `--room`. */
export function parseRoomFlags(flags: Flags): readonly string[] {
  return flags.texts("room").map((text) => {
    const room = parseRoomName(text.startsWith("#") ? text : `#${text}`);
    if (room === undefined) throw wrong("--room", text, "write # and a name, as in --room '#dev'");
    return room;
  });
}

export function parseTo(text: string): string {
  const to = typedTarget(text);
  if (to !== undefined) return to;
  throw wrong("--to", text, "write '@name', '@name~id' or '#room'");
}

/** In ms; 30 s unless said otherwise. */
export function parseTimeout(text: string | undefined): number {
  if (text === undefined) return TIMEOUT_SECONDS * 1000;
  const seconds = /^[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= DAY_SECONDS) return seconds * 1000;
  throw wrong("--timeout", text, `write seconds, at most ${DAY_SECONDS}`);
}

/** What is said on the command line goes before what the config file says. */
export function isOn(flags: Flags, name: string, otherwise: boolean): boolean {
  const no = `no-${name}`;
  if (flags.has(name) && flags.has(no)) {
    throw new Failure(`--${name} and --${no} exclude each other`, EXIT.usage);
  }
  return flags.has(name) || (otherwise && !flags.has(no));
}

const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug", "trace"];

/** Info unless said otherwise. */
export function parseLogLevel(text = "info"): LogLevel {
  const level = LEVELS.find((known) => known === text);
  if (level !== undefined) return level;
  throw new Failure(`Cannot use --log-level: it is one of ${LEVELS.join(", ")}`, EXIT.usage);
}

function wrong(flag: string, text: string, hint: string): Failure {
  return new Failure(`Cannot use ${flag} ${JSON.stringify(shorten(text))}: ${hint}`, EXIT.usage);
}
