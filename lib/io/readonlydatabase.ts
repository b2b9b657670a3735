import { constants, Database } from "bun:sqlite";
import { accessSync, constants as modes, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { EXIT } from "../contract/exitcodes.ts";
import { codeOf, Failure } from "./failure.ts";

/**
 * A database that another process may be writing to, to be read alone. One in WAL mode needs files
 * beside it, and makes them where it can. On a disk that is read-only it is opened as one that
 * nobody changes, where nothing waits in its log. Throws the system's error where that cannot be,
 * and a Failure that says what to do where something waits there.
 */
export function openReadOnly(file: string): Database {
  try {
    const db = new Database(file, { readonly: true, strict: true });
    db.run("PRAGMA schema_version");
    return db;
  } catch (error) {
    const isReadOnly = /^SQLITE_(?:CANTOPEN|READONLY)/.test(codeOf(error) ?? "");
    if (!isReadOnly || sizeOf(file) === 0) throw error;
    const log = `${file}-wal`;
    for (const each of [file, log]) if (sizeOf(each) > 0) accessSync(each, modes.R_OK);
    if (sizeOf(log) > 0) throw new Failure(unindexed(file), EXIT.failure, error);
    const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
    return new Database(`${pathToFileURL(file).href}?immutable=1`, flags);
  }
}

/** To read the log of a database, SQLite needs an index of it beside it. */
function unindexed(file: string): string {
  return (
    `Cannot read ${file}: its end is in ${basename(file)}-wal, which can be read only where ` +
    `files can be made beside it: copy ${dirname(file)} to such a place, and say --data-dir COPY`
  );
}

/** 0 for one that is not there. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
