import { dlopen, type FFIFunction, type Library } from "bun:ffi";
import { readFileSync } from "node:fs";

/**
 * Functions of the C library that this process has loaded, glibc or musl, on Linux; undefined
 * elsewhere, and where no code may be made at run time.
 */
export function openLibc<Functions extends Record<string, FFIFunction>>(
  functions: Functions,
): Library<Functions> | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const path = loadedLibc();
    return path === undefined ? undefined : dlopen(path, functions);
  } catch {
    return undefined;
  }
}

/** What `openLibc` gives, opened once and not before it is asked for. */
export function lazyLibc<Functions extends Record<string, FFIFunction>>(
  functions: Functions,
): () => Library<Functions>["symbols"] | undefined {
  let opened: { readonly symbols: Library<Functions>["symbols"] | undefined } | undefined;
  return () => {
    opened ??= { symbols: openLibc(functions)?.symbols };
    return opened.symbols;
  };
}

/** A bare name would be looked up in the working directory too, which belongs to strangers. */
function loadedLibc(): string | undefined {
  const maps = readFileSync("/proc/self/maps", "utf8");
  return /\s(\/\S*\/(?:libc\.so\.6|ld-musl-\S+\.so\.1))$/m.exec(maps)?.[1];
}
