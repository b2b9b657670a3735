import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { decodeUtf8, lineSafe } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { parseServerAddress, type ServerAddress } from "../contract/serveraddress.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";

const SERVER_FILE = "server.txt";
const SERVER_FILE_BYTES_MAX = 4096;
const CONFIG_FILE_BYTES_MAX = 65_536;

/** How much of a wrong text is repeated. */
const SHOWN_CHARS_MAX = 80;

/** Which server to register with, and who said so. */
export interface NamedServer extends ServerAddress {
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
export function findServer(sources: ServerSources): NamedServer | null {
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

/** As `parseServerAddress`; throws a Failure that says who has given what is wrong. */
export function parseServer(text: string, origin: string): NamedServer {
  const parsed = parseServerAddress(text);
  if (!("fault" in parsed)) return { ...parsed, origin };
  const shown = lineSafe(text).slice(0, SHOWN_CHARS_MAX);
  throw new Failure(
    `Cannot use the server's address ${JSON.stringify(shown)} from ${origin}: ${parsed.fault}`,
    EXIT.usage,
  );
}

const CONFIG = v.object({
  server: v.optional(v.string("server must be a string")),
  share_read: v.optional(v.boolean("share_read must be true or false"), false),
  hold: v.optional(v.boolean("hold must be true or false"), false),
  ask_hold: v.optional(v.boolean("ask_hold must be true or false"), false),
});

/** What the config file says besides the server: nothing of it is done unasked. */
export interface Settings {
  /** Whether others are told how far one has read what they said. */
  readonly sharesRead: boolean;
  /** Whether one holds for others, and has others hold for it. */
  readonly holds: boolean;
  readonly asksHold: boolean;
}

/** Throws a Failure that says what is wrong with the file. */
export function readSettings(configFile: string): Settings {
  const { share_read: sharesRead, hold: holds, ask_hold: asksHold } = readConfig(configFile);
  return { sharesRead, holds, asksHold };
}

function readConfig(file: string): v.InferOutput<typeof CONFIG> {
  return readToml(file, CONFIG) ?? v.parse(CONFIG, {});
}

const TABLE = v.record(v.string(), v.unknown());

/** The fields of a TOML file; none where there is no such file. Throws a Failure. */
export function readTable(file: string): Readonly<Record<string, unknown>> {
  return readToml(file, TABLE) ?? {};
}

function readToml<Shape>(file: string, schema: v.GenericSchema<unknown, Shape>): Shape | undefined {
  const text = readSmallFile(file, CONFIG_FILE_BYTES_MAX);
  if (text === undefined) return undefined;
  try {
    return v.parse(schema, Bun.TOML.parse(text));
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
