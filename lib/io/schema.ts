import type { Database } from "bun:sqlite";

/**
 * What each version of the database adds to the one before; `PRAGMA user_version` counts them. A
 * migration that was released is never changed. Ids, hashes and keys are blobs of 32 bytes, times
 * are ms since the Unix epoch.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE rooms (
    room BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    joined INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE members (
    room BLOB NOT NULL,
    peer BLOB NOT NULL,
    joined INTEGER NOT NULL,
    PRIMARY KEY (room, peer)
  ) STRICT, WITHOUT ROWID;

  -- arrival counts the entries in the order in which this device got or made them.
  CREATE TABLE entries (
    arrival INTEGER PRIMARY KEY,
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    seq INTEGER NOT NULL,
    previous BLOB NOT NULL,
    wall_ms INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    type INTEGER NOT NULL,
    body BLOB NOT NULL,
    hash BLOB NOT NULL,
    own INTEGER NOT NULL,
    UNIQUE (room, author, seq)
  ) STRICT;
  CREATE INDEX entries_by_time ON entries (wall_ms, tick);
  CREATE UNIQUE INDEX own_entries ON entries (room, seq) WHERE own = 1;

  CREATE TABLE outbox (
    recipient BLOB NOT NULL,
    arrival INTEGER NOT NULL REFERENCES entries,
    PRIMARY KEY (recipient, arrival)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE receipts (
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    peer BLOB NOT NULL,
    wall_ms INTEGER NOT NULL,
    PRIMARY KEY (room, seq, peer)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE failures (
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    peer BLOB NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (room, seq, peer)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE cards (
    peer BLOB PRIMARY KEY,
    card BLOB NOT NULL,
    first_seen INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE servers (
    name TEXT PRIMARY KEY,
    noise_key BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // A new identity begins its chains at 1 again, in the database of the one before.
  `
  CREATE TABLE own_receipts (
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    seq INTEGER NOT NULL,
    peer BLOB NOT NULL,
    wall_ms INTEGER NOT NULL,
    PRIMARY KEY (room, author, seq, peer)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO own_receipts SELECT room, author, seq, peer, receipts.wall_ms
    FROM receipts JOIN entries USING (room, seq) WHERE own = 1;
  DROP TABLE receipts;
  ALTER TABLE own_receipts RENAME TO receipts;

  CREATE TABLE own_failures (
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    seq INTEGER NOT NULL,
    peer BLOB NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (room, author, seq, peer)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO own_failures SELECT room, author, seq, peer, reason
    FROM failures JOIN entries USING (room, seq) WHERE own = 1;
  DROP TABLE failures;
  ALTER TABLE own_failures RENAME TO failures;

  -- The one that UNIQUE (room, author, seq) makes serves as well.
  DROP INDEX own_entries;

  ALTER TABLE cards ADD COLUMN last_met INTEGER NOT NULL DEFAULT 0;
  UPDATE cards SET last_met = first_seen;
  `,
];

/** Brings the database to this program's version; throws an Error where it is ahead of that. */
export function migrate(db: Database): void {
  const version = versionOf(db);
  if (version > MIGRATIONS.length) {
    throw new Error(
      `a newer p2pchat has written it (schema ${version}, ` +
        `this program knows ${MIGRATIONS.length}): use that one`,
    );
  }
  if (version === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(versionOf(db))) db.run(sql);
    db.run(`PRAGMA user_version = ${MIGRATIONS.length}`);
  }).immediate();
}

function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}
