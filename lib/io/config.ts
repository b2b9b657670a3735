import { join } from "node:path";
import * as v from "valibot";
import { lineSafe } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { parseServerAddress, type ServerAddress } from "../contract/serveraddress.ts";
import { Failure } from "./failure.ts";
import { readSmallFile } from "./smallfile.ts";
import { readToml } from "./toml.ts";

const SERVER_FILE = "server.txt";
const SERVER_FILE_BYTES_MAX = 4096;

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
  const config = readToml(configFile, CONFIG);
  const server = config?.value.server;
  if (config === undefined || server === undefined) return null;
  return parseServer(server, `${configFile}${config.lineOf("server")}`);
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
  server: v.optional(
    v.pipe(
      v.string("server must be a string"),
      v.description("HOST:PORT or HOST:PORT#KEY in quotes: who introduces you"),
    ),
  ),
  share_read: choice("share_read", "true: others are told how far you have read their words"),
  hold: choice("hold", "true: sealed messages are held for others until they come"),
  hide_notices: choice("hide_notices", "true: a notification says who wrote, and not what"),
  ask_hold: choice(
    "ask_hold",
    "true: others are asked to hold what you say to people who are away",
  ),
});

function choice(name: string, about: string) {
  const given = v.pipe(v.boolean(`${name} must be true or false`), v.description(about));
  return v.optional(given, false);
}

/** Each field, and what it is, for a manual. */
export function configHelp(): readonly (readonly [name: string, about: string])[] {
  return Object.entries(CONFIG.entries).map(([name, { wrapped }]) => {
    return [name, v.getDescription(wrapped) ?? ""];
  });
}

/** What the config file says besides the server: nothing of it is done unasked. */
export interface Settings {
  /** Whether others are told how far one has read what they said. */
  readonly sharesRead: boolean;
  /** Whether one holds for others, and has others hold for it. */
  readonly holds: boolean;
  readonly asksHold: boolean;
  /** Whether a notification says who wrote alone. */
  readonly hidesNotices: boolean;
}

/** Throws a Failure that says what is wrong with the file. */
export function readSettings(configFile: string): Settings {
  const config = readConfig(configFile);
  return {
    sharesRead: config.share_read,
    holds: config.hold,
    asksHold: config.ask_hold,
    hidesNotices: config.hide_notices,
  };
}

function readConfig(file: string): v.InferOutput<typeof CONFIG> {
  return readToml(file, CONFIG)?.value ?? v.parse(CONFIG, {});
}

const TABLE = v.record(v.string(), v.unknown());

/** The fields of a TOML file; none where there is no such file. Throws a Failure. */
export function readTable(file: string): Readonly<Record<string, unknown>> {
  return readToml(file, TABLE)?.value ?? {};
}
