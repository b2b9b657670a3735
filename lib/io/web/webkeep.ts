import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Random } from "../../base/random.ts";
import { replaceFile } from "../files.ts";

const SECRET_BYTES = 32;
const FILE_BYTES_MAX = 256;

/** Ports below are for who may bind them, and were never given to us. */
const PORT_MIN = 1024;
const PORT_MAX = 65_535;

/** What the page's server is to have again when the program starts once more. */
export interface WebKeep {
  /** What cookies and passes are known by, 32 bytes. */
  readonly secret: Uint8Array;
  /** Undefined before the first time. */
  readonly port: number | undefined;
  /** Whether it is there for browsers; who is killed while it is leaves it so. */
  readonly isServed: boolean;
}

const shape = v.object({
  secret: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(PORT_MIN), v.maxValue(PORT_MAX))),
  isServed: v.optional(v.boolean(), false),
});

/** Where a profile keeps it. */
export function webKeepFile(dataDirectory: string): string {
  return join(dataDirectory, "web.json");
}

/** Whether pages in browsers wait for a node that was killed. */
export function isPageAwaited(dataDirectory: string): boolean {
  return readKept(webKeepFile(dataDirectory))?.isServed === true;
}

/**
 * What the file says. Where it is missing, or not as we write it, or others could have read it,
 * there is a new secret: all that is lost by that are pages that have to be opened anew.
 */
export function readWebKeep(file: string, random: Random): WebKeep {
  return readKept(file) ?? { secret: newSecret(random), port: undefined, isServed: false };
}

export function newSecret(random: Random): Uint8Array {
  return random(SECRET_BYTES);
}

/** Throws a Failure where it cannot be written. */
export function keepWeb(file: string, { secret, port, isServed }: WebKeep): void {
  const text = secret.toBase64({ alphabet: "base64url", omitPadding: true });
  replaceFile(file, `${JSON.stringify({ secret: text, port, isServed })}\n`);
}

function readKept(file: string): WebKeep | undefined {
  try {
    const stat = lstatSync(file);
    const isPrivate = (stat.mode & 0o077) === 0 || process.platform === "win32";
    if (!stat.isFile() || stat.size > FILE_BYTES_MAX || !isPrivate) return undefined;
    const { secret: text, ...others } = v.parse(shape, JSON.parse(readFileSync(file, "utf8")));
    const secret = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    return secret.length === SECRET_BYTES ? { secret, port: undefined, ...others } : undefined;
  } catch {
    return undefined;
  }
}
