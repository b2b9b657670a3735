import { lstatSync, readFileSync } from "node:fs";
import { replaceFile } from "./files.ts";

/** Ports below are for who may bind them, and were never given to us. */
const PORT_MIN = 1024;
const PORT_MAX = 65_535;

/** A number and a line feed. */
const FILE_BYTES_MAX = 8;

/** Which port this profile's socket had in the last run; undefined where that is not known. */
export function readLastPort(file: string): number | undefined {
  try {
    const stat = lstatSync(file);
    if (!stat.isFile() || stat.size > FILE_BYTES_MAX) return undefined;
    const text = readFileSync(file, "utf8").trim();
    const port = /^[0-9]{4,5}$/.test(text) ? Number(text) : 0;
    return port >= PORT_MIN && port <= PORT_MAX ? port : undefined;
  } catch {
    return undefined;
  }
}

export function keepLastPort(file: string, port: number): void {
  replaceFile(file, `${port}\n`);
}
