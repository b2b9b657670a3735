import { Database } from "bun:sqlite";
import { closeSync, existsSync, readFileSync, writeSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { parseName } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { codeOf, Failure, wordsOf } from "./failure.ts";
import { isEmptyFile, makePrivateDirectory, openPrivateFile } from "./files.ts";
import { homeDirectory, pathTyped } from "./pathnames.ts";

/** Two that begin at once look at the lock at once: the one that loses must not stop the other. */
const BUSY_TIMEOUT_MS = 100;

/** Digits of the longest pid, 2^32 on some systems. */
const PID_CHARS = 10;

/** The profile of the server of this account: no client takes its identity by its own name. */
export const SERVER_PROFILE = "server";

/** Kept from the garbage collector, which would close them and so let go of the profile. */
const LOCKS = new Set<Database>();

/** The cause of the failure that another process has the profile. */
const HELD = Symbol("held");

const NOT_OURS = /^SQLITE_(?:NOTADB|CORRUPT)/;
const NO_LOCK = "what is in it is not ours: move it away, an empty one is made anew";

/** Where everything of one profile lies. */
export interface ProfilePaths {
  readonly profile: string;
  /** Identity, card, history. */
  readonly dataDirectory: string;
  /** The log. */
  readonly stateDirectory: string;
  readonly configFile: string;
}

export interface ProfileOptions {
  readonly profile: string;
  /** Takes the place of all of XDG's directories. */
  readonly dataDirectory: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** By the XDG base directory specification. Throws a Failure where the name makes no file name. */
export function profilePaths({ profile, dataDirectory, env }: ProfileOptions): ProfilePaths {
  if (parseName(profile) !== profile || /^\.+$/.test(profile)) {
    throw new Failure(
      `Cannot use profile ${JSON.stringify(profile)}: ` +
        "it must be letters, digits, - _ or . and not only dots",
      EXIT.usage,
    );
  }
  if (dataDirectory === "") {
    throw new Failure("Cannot use --data-dir: it needs a directory", EXIT.usage);
  }
  if (dataDirectory !== undefined) {
    const all = resolve(pathTyped(dataDirectory, env));
    return {
      profile,
      dataDirectory: all,
      stateDirectory: all,
      configFile: join(all, "config.toml"),
    };
  }
  const home = homeDirectory(env);
  // The specification has relative paths ignored.
  const base = (name: string, ...otherwise: string[]): string => {
    const path = env[name] ?? "";
    return join(isAbsolute(path) ? path : join(home, ...otherwise), "p2pchat");
  };
  return {
    profile,
    dataDirectory: join(base("XDG_DATA_HOME", ".local", "share"), profile),
    stateDirectory: join(base("XDG_STATE_HOME", ".local", "state"), profile),
    configFile: join(base("XDG_CONFIG_HOME", ".config"), "config.toml"),
  };
}

/** A profile that this process holds, and no other. */
export class Profile {
  readonly paths: ProfilePaths;
  readonly identityFile: string;
  readonly cardFile: string;
  readonly portFile: string;
  readonly draftsFile: string;
  readonly databaseFile: string;
  readonly logFile: string;
  readonly #lock: Database;

  private constructor(paths: ProfilePaths, lock: Database) {
    this.paths = paths;
    this.identityFile = join(paths.dataDirectory, "identity.key");
    this.cardFile = join(paths.dataDirectory, "card.json");
    this.portFile = join(paths.dataDirectory, "port");
    this.draftsFile = join(paths.dataDirectory, "drafts.json");
    this.databaseFile = join(paths.dataDirectory, "p2pchat.db");
    this.logFile = join(paths.stateDirectory, "p2pchat.jsonl");
    this.#lock = lock;
  }

  /** Makes missing directories; throws a Failure where another process holds the profile. */
  static open(paths: ProfilePaths): Profile {
    makePrivateDirectory(paths.dataDirectory);
    makePrivateDirectory(paths.stateDirectory);
    return new Profile(paths, takeLock(paths));
  }

  /** What an earlier run has left and is gone, in words; to be asked before it is made anew. */
  get loss(): string | undefined {
    if (isEmptyFile(this.databaseFile)) return "p2pchat.db was empty: whatever it held is lost";
    const isGone = existsSync(this.identityFile) && !existsSync(this.databaseFile);
    return isGone ? "p2pchat.db is not there any more: whatever it held is lost" : undefined;
  }

  close(): void {
    LOCKS.delete(this.#lock);
    this.#lock.close();
  }
}

/**
 * SQLite's lock on an empty database: the system gives it to one process, and takes it back however
 * that process ends. A file with a pid could do neither; the pid is beside it only to be told.
 */
function takeLock({ profile, dataDirectory }: ProfilePaths): Database {
  const file = join(dataDirectory, "lock");
  closeSync(openPrivateFile(file));
  let lock: Database | undefined;
  try {
    lock = new Database(file, { readwrite: true });
    lock.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    lock.run("BEGIN EXCLUSIVE");
  } catch (error) {
    lock?.close();
    if (codeOf(error)?.startsWith("SQLITE_BUSY") === true) {
      const text = `Cannot use profile ${profile}: ${holderWords(dataDirectory)} holds it`;
      throw new Failure(text, EXIT.usage, HELD);
    }
    // It may be another program's: nothing is ever written over it.
    const words = NOT_OURS.test(codeOf(error) ?? "") ? NO_LOCK : wordsOf(error);
    throw new Failure(`Cannot lock ${file}: ${words}`, EXIT.failure, error);
  }
  LOCKS.add(lock);
  writePid(pidFileIn(dataDirectory));
  return lock;
}

/** Always of one length: a file cut to nothing first costs ext4 a flush of the disk when closed. */
function writePid(file: string): void {
  const fd = openPrivateFile(file);
  writeSync(fd, `${String(process.pid).padEnd(PID_CHARS)}\n`, 0);
  closeSync(fd);
}

/** Whether it says that another process has the profile. */
export function isHeld(error: unknown): error is Failure {
  return error instanceof Failure && error.cause === HELD;
}

/**
 * The process that holds what is here, as it says itself: it may not have written that yet, and one
 * that is gone holds nothing.
 */
export function holderOf(dataDirectory: string): number | undefined {
  try {
    return livingPid(dataDirectory);
  } catch {
    return undefined;
  }
}

function holderWords(dataDirectory: string): string {
  try {
    const pid = livingPid(dataDirectory);
    return pid === undefined ? "another process" : `process ${pid}`;
  } catch (error) {
    return codeOf(error) === "EPERM" ? "another user's process" : "another process";
  }
}

/** Throws where it cannot be read, or there is no such process. */
function livingPid(dataDirectory: string): number | undefined {
  const pid = Number(readFileSync(pidFileIn(dataDirectory), "utf8"));
  process.kill(pid, 0);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function pidFileIn(dataDirectory: string): string {
  return join(dataDirectory, "pid");
}
