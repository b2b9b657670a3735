import { constants, Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { codeOf } from "./failure.ts";

/**
 * A database that another process may be writing to, to be read alone. One in WAL mode needs files
 * beside it, and makes them where it can. On a disk that is read-only it is opened as one that
 * nobody changes, where nothing waits in its log. Throws SQLite's error where that cannot be.
 */
export function openReadOnly(file: string): Database {
  try {
    const db = new Database(file, { readonly: true, strict: true });
    db.run("PRAGMA schema_version");
    return db;
  } catch (error) {
    const isReadOnly = /^SQLITE_(?:CANTOPEN|READONLY)/.test(codeOf(error) ?? "");
    if (!isReadOnly || sizeOf(file) === 0 || sizeOf(`${file}-wal`) > 0) throw error;
    const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
    return new Database(`${pathToFileURL(file).href}?immutable=1`, flags);
  }
}

/** 0 for one that is not there. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
