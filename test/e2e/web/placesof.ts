import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files below a directory, and the command lines on this machine, in which one of these is. */
export function placesOf(secrets: readonly string[], directory: string): readonly string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const commands = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `/proc/${pid}/cmdline`);
  return [...files, ...commands].filter((path) => {
    const bytes = contentOf(path);
    return secrets.some((secret) => bytes.includes(secret));
  });
}

/** None where it is gone by now, as a process that has ended. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
