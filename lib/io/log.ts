import { createConsola, LogLevels, type LogObject } from "consola/core";
import { closeSync, constants, fstatSync, renameSync, writeSync } from "node:fs";
import type { Address } from "../base/address.ts";
import { jsonSafe, lineSafe } from "../base/text.ts";
import type { LogEvent } from "../node/events.ts";
import { openPrivateFile } from "./files.ts";
import { tellHuman } from "./human.ts";

/** Five files of this size are kept: the one written to, and `.1` to `.4`, the oldest. */
const FILE_BYTES_MAX = 10_000_000;
const FILES_MAX = 5;

/** What is longer is cut: a value first, then all of them are left out. */
const VALUE_CHARS_MAX = 256;
const LINE_CHARS_MAX = 2048;

export type LogLevel = LogEvent["level"];

/** Where notable things are noted. Never keys, never a message's text. */
export interface Log {
  write(event: LogEvent): void;
  /** A line for every datagram, at level trace alone; undefined where nobody wants to read them. */
  readonly onDatagram: ((way: "in" | "out", peer: Address, bytes: number) => void) | undefined;
  close(): void;
}

export interface LogOptions {
  /** Whose log it is: `server`, or the client's own name. */
  readonly name: string;
  readonly file: string;
  readonly level: LogLevel;
  /** Whether every line also goes to standard error, for a human. */
  readonly isVerbose: boolean;
  readonly fileBytesMax?: number;
}

/** Throws a Failure where the file cannot be opened; later trouble with it loses lines only. */
export function openLog(options: LogOptions): Log {
  const file = new RotatedFile(options.file, options.fileBytesMax ?? FILE_BYTES_MAX);
  const reporters = [{ log: (entry: LogObject) => file.append(jsonLine(options.name, entry)) }];
  if (options.isVerbose) reporters.push({ log: (entry) => tellHuman(humanLine(entry)) });
  const consola = createConsola({
    level: LogLevels[options.level],
    // Else equal lines are held back and counted, and what is held back dies with the process.
    throttle: 0,
    reporters,
  });
  const trace = (way: "in" | "out", peer: Address, bytes: number): void => {
    consola.trace(`datagram ${way}`, { peer, bytes });
  };
  return {
    onDatagram: options.level === "trace" ? trace : undefined,
    write: ({ level, message, fields }) => consola[level](message, fields),
    close: () => file.close(),
  };
}

type Fields = LogEvent["fields"];

function messageOf({ args }: LogObject): string {
  return String(args[0]);
}

function fieldsOf({ args }: LogObject): Fields {
  return (args[1] ?? {}) as Fields;
}

function jsonLine(name: string, entry: LogObject): string {
  const fixed = {
    time: entry.date.toISOString(),
    name,
    level: entry.type,
    message: messageOf(entry),
  };
  const fields = Object.entries(fieldsOf(entry)).map(([key, value]) => [key, cut(value)]);
  // The fixed ones go first and are never replaced by a field of the same name.
  const line = jsonSafe({ ...fixed, ...Object.fromEntries(fields), ...fixed });
  return line.length <= LINE_CHARS_MAX ? line : jsonSafe({ ...fixed, isCut: true });
}

function cut(value: Fields[string]): Fields[string] {
  if (typeof value !== "string" || value.length <= VALUE_CHARS_MAX) return value;
  return `${value.slice(0, VALUE_CHARS_MAX)}…`;
}

function humanLine(entry: LogObject): string {
  const time = entry.date.toISOString().slice(11, 23);
  const fields = Object.entries(fieldsOf(entry)).map(([key, value]) => ` ${key}=${cut(value)}`);
  return lineSafe(`${time} ${entry.type.padEnd(5)} ${messageOf(entry)}${fields.join("")}`);
}

class RotatedFile {
  readonly #path: string;
  readonly #bytesMax: number;
  #fd: number | undefined;
  #bytes: number;

  constructor(path: string, bytesMax: number) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    [this.#fd, this.#bytes] = openForAppending(path);
  }

  append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    try {
      if (this.#bytes + bytes.length > this.#bytesMax) this.#rotate();
      if (this.#fd === undefined) [this.#fd, this.#bytes] = openForAppending(this.#path);
      this.#bytes += writeSync(this.#fd, bytes);
    } catch {
      // A full or vanished disk must not end a conversation.
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #rotate(): void {
    this.close();
    for (let i = FILES_MAX - 1; i >= 1; i -= 1) {
      try {
        renameSync(i === 1 ? this.#path : `${this.#path}.${i - 1}`, `${this.#path}.${i}`);
      } catch {
        // There are not that many yet.
      }
    }
  }
}

function openForAppending(path: string): readonly [fd: number, bytes: number] {
  const fd = openPrivateFile(path, constants.O_WRONLY | constants.O_APPEND);
  return [fd, fstatSync(fd).size];
}
