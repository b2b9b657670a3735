import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { encodeUtf8 } from "../base/text.ts";
import { sha256 } from "../crypto/primitives.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { Failure, wordsOf } from "./failure.ts";
import type { ProfilePaths } from "./profile.ts";

/** Of a socket's whole path: Linux takes 107, darwin 103. */
const SOCKET_PATH_BYTES_MAX = 103;

const DIRECTORY_MODE = 0o700;

const ENDING = ".sock";

/** Bytes of the hash of a data directory in a socket's name: eight digits. */
const HASH_BYTES = 4;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where sockets of running nodes are looked for, best first: the user's own runtime directory by
 * the XDG specification, and the place for who has none. A node that was started where the former
 * is not known, by cron for one, is found by who has it.
 */
export function runtimeDirectories(env: Environment): readonly string[] {
  const own = env["XDG_RUNTIME_DIR"] ?? "";
  const temporary = env["TMPDIR"] || tmpdir();
  const shared = join(temporary, `p2pchat-${process.getuid?.() ?? "user"}`);
  return isAbsolute(own) ? [join(own, "p2pchat"), shared] : [shared];
}

/** Every socket that may be of a node of this user's, running or not. */
export function socketsThere(env: Environment): readonly string[] {
  const safe = runtimeDirectories(env).filter((directory) => faultOf(directory) === undefined);
  return [...new Set(safe)].flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => name.endsWith(ENDING))
      .toSorted()
      .map((name) => join(directory, name)),
  );
}

/** Those of them that belong to this data directory: one, where nobody has left another. */
export function socketsOf(dataDirectory: string, env: Environment): readonly string[] {
  const ending = endingOf(dataDirectory);
  return socketsThere(env).filter((path) => path.endsWith(ending));
}

/** The profile that a socket is named by: as much of it as there was room for. */
export function profileOf(socket: string): string {
  return basename(socket).slice(0, -`-${"0".repeat(2 * HASH_BYTES)}${ENDING}`.length);
}

/**
 * The socket of this profile's node, in a directory that is there by now and lets nobody else in.
 * Throws a Failure where there is no such directory.
 */
export function ownSocket(paths: ProfilePaths, env: Environment): string {
  let fault = "";
  for (const directory of runtimeDirectories(env)) {
    const socket = socketIn(directory, paths);
    const found = faultOfMade(directory) ?? faultOfLength(socket);
    if (found === undefined) return socket;
    fault = `Cannot use the runtime directory ${directory}: ${found}`;
  }
  throw new Failure(fault, EXIT.failure);
}

/**
 * By what the system calls the data directory. The profile's name goes before it, for people: as
 * much of it as there is room for.
 */
function socketIn(directory: string, { profile, dataDirectory }: ProfilePaths): string {
  const end = endingOf(dataDirectory);
  const room = SOCKET_PATH_BYTES_MAX - encodeUtf8(join(directory, `-${end}`)).length;
  let name = profile;
  while (encodeUtf8(name).length > Math.max(0, room)) name = [...name].slice(0, -1).join("");
  return join(directory, name === "" ? end : `${name}-${end}`);
}

function endingOf(dataDirectory: string): string {
  const hash = sha256(encodeUtf8(realPath(dataDirectory))).subarray(0, HASH_BYTES);
  return `${Buffer.from(hash).toString("hex")}${ENDING}`;
}

function faultOfMade(directory: string): string | undefined {
  try {
    // What is above it is the system's, or the user's to make.
    mkdirSync(directory, { mode: DIRECTORY_MODE });
    // The umask may have taken more away.
    chmodSync(directory, DIRECTORY_MODE);
  } catch {
    // It is there already, or cannot be.
  }
  return faultOf(directory);
}

/** Whoever can write there could put a socket of theirs in the place of the node's. */
function faultOf(directory: string): string | undefined {
  try {
    const found = lstatSync(directory);
    const uid = process.getuid?.() ?? found.uid;
    if (found.isSymbolicLink()) return "it is a symbolic link";
    if (!found.isDirectory()) return "it is not a directory";
    if (found.uid !== uid) return "it belongs to another user";
    return (found.mode & 0o077) === 0
      ? undefined
      : "others can look into it (chmod 700 mends that)";
  } catch (error) {
    return wordsOf(error);
  }
}

function faultOfLength(socket: string): string | undefined {
  const isTooLong = encodeUtf8(socket).length > SOCKET_PATH_BYTES_MAX;
  return isTooLong ? "its name is too long for a socket" : undefined;
}

/** As it was typed where it is not there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
