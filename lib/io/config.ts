import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { parseIp } from "../base/address.ts";
import { fromHex } from "../base/bytes.ts";
import { decodeUtf8, lineSafe } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { isNoiseKey } from "../wire/keys.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";

const SERVER_FILE = "server.txt";
const SERVER_FILE_BYTES_MAX = 4096;
const CONFIG_FILE_BYTES_MAX = 65_536;

/** A host name's longest form, RFC 1035 §2.3.4. */
const HOST_CHARS_MAX = 253;

/** How much of a wrong text is repeated. */
const SHOWN_CHARS_MAX = 80;

/** Which server to register with, and who said so. */
export interface ServerAddress {
  /** `HOST:PORT` in one spelling: what is shown, and what the server's key is pinned under. */
  readonly name: string;
  /** A host name or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The server's Noise key, 32 bytes, where it was given. */
  readonly noiseKey: Uint8Array | undefined;
  /** `--server`, `P2PCHAT_SERVER`, or a file's path. */
  readonly origin: string;
}

export interface ServerSources {
  /** The value of `--server`. */
  readonly option: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `server.txt` is looked for. */
  readonly workingDirectory: string;
  readonly configFile: string;
}

/**
 * The first that is given counts: `--server`, `P2PCHAT_SERVER`, `server.txt`, the config file. Null
 * where none is. Throws a Failure for one that is malformed, whatever comes after it.
 */
export function findServer(sources: ServerSources): ServerAddress | null {
  const { option, env, workingDirectory, configFile } = sources;
  if (option !== undefined) return parseServer(option, "--server");
  const variable = env["P2PCHAT_SERVER"] ?? "";
  if (variable !== "") return parseServer(variable, "P2PCHAT_SERVER");
  const serverFile = join(workingDirectory, SERVER_FILE);
  const line = readSmallFile(serverFile, SERVER_FILE_BYTES_MAX);
  if (line !== undefined) return parseServer(line.trim(), serverFile);
  const server = readConfig(configFile).server;
  return server === undefined ? null : parseServer(server, configFile);
}

/** `HOST:PORT`, `1.2.3.4:PORT` or `[IPV6]:PORT`, with `#` and 64 hexadecimal digits of its key. */
export function parseServer(text: string, origin: string): ServerAddress {
  const fail = (what: string): Failure => {
    const shown = lineSafe(text).slice(0, SHOWN_CHARS_MAX);
    return new Failure(
      `Cannot use the server's address ${JSON.stringify(shown)} from ${origin}: ${what}`,
      EXIT.usage,
    );
  };
  if (text.includes("\n")) throw fail("it is more than one line: write one HOST:PORT");
  const [where = "", keyText, ...rest] = text.split("#");
  if (rest.length > 0) throw fail("it has two keys: write HOST:PORT#KEY");
  const noiseKey = keyText === undefined ? undefined : fromHex(keyText);
  if (keyText !== undefined && (noiseKey === undefined || !isNoiseKey(noiseKey))) {
    throw fail("its key is wrong: copy the 64 digits that the server shows");
  }
  const [host, portText] = splitHost(where, fail);
  const port = Number(portText);
  if (!/^[0-9]{1,5}$/.test(portText) || port < 1 || port > 65535) {
    throw fail("its port must be a number from 1 to 65535");
  }
  const name = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return { name, host, port, noiseKey, origin };
}

function splitHost(
  where: string,
  fail: (what: string) => Failure,
): readonly [host: string, portText: string] {
  if (where === "") throw fail("it is empty: write HOST:PORT, as in 192.0.2.1:3478");
  const colon = where.lastIndexOf(":");
  if (where.startsWith("[")) {
    const [, host = "", portText] = /^\[([^\]]*)\](?::(.*))?$/.exec(where) ?? [];
    if (parseIp(host.split("%", 1)[0] ?? "") === undefined || !host.includes(":")) {
      throw fail("what is in brackets is no IPv6 address");
    }
    if (portText === undefined) throw fail("it has no port: write [HOST]:PORT");
    return [host.toLowerCase(), portText];
  }
  if (colon < 0) throw fail("it has no port: write HOST:PORT, as in 192.0.2.1:3478");
  const host = where.slice(0, colon).toLowerCase();
  if (host.includes(":")) throw fail("IPv6 addresses need brackets: write [::1]:3478");
  if (!isHost(host)) throw fail("that is neither a host name nor an IP address");
  return [host, where.slice(colon + 1)];
}

/** A name that ends in a number would be read as an address by one library and not by another. */
function isHost(host: string): boolean {
  const labels = host.replace(/\.$/, "").split(".");
  const last = labels.at(-1) ?? "";
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last)) return parseIp(host) !== undefined;
  const isLabel = (label: string): boolean => /^[a-z0-9_](?:[a-z0-9_-]{0,62})$/.test(label);
  return host.length <= HOST_CHARS_MAX && labels.every(isLabel);
}

const CONFIG = v.object({ server: v.optional(v.string("server must be a string")) });

function readConfig(file: string): v.InferOutput<typeof CONFIG> {
  const text = readSmallFile(file, CONFIG_FILE_BYTES_MAX);
  if (text === undefined) return {};
  try {
    return v.parse(CONFIG, Bun.TOML.parse(text));
  } catch (error) {
    const what = lineSafe(wordsOf(error)).slice(0, SHOWN_CHARS_MAX);
    throw new Failure(`Cannot use ${file}: ${what}`, EXIT.usage, error);
  }
}

/** Undefined where there is no such file. */
function readSmallFile(file: string, bytesMax: number): string | undefined {
  const fail = (what: string, cause?: unknown): Failure =>
    new Failure(`Cannot use ${file}: ${what}`, EXIT.usage, cause);
  let fd: number;
  try {
    // A pipe in its place would else hold us up.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw fail(wordsOf(error), error);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw fail("it is not a regular file");
    if (stat.size > bytesMax) throw fail(`it is longer than ${bytesMax} bytes`);
    const text = decodeUtf8(readFileSync(fd));
    if (text === undefined) throw fail("it is not UTF-8 text");
    return text;
  } finally {
    closeSync(fd);
  }
}
