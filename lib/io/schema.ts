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
  // What is made and heard together is one row: a row costs more than an entry.
  `
  -- arrival counts the entries in the order in which this device got or made them. A run has its
  -- first one's, and as many more as it has entries; hash is that of bytes, wall_ms and tick are
  -- its last entry's.
  CREATE TABLE runs (
    arrival INTEGER PRIMARY KEY,
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    seq INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    hash BLOB NOT NULL,
    wall_ms INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    own INTEGER NOT NULL,
    UNIQUE (room, author, seq)
  ) STRICT;
  INSERT INTO runs SELECT arrival, room, author, seq, 1,
    unhex('01' || hex(room) || hex(author) || printf('%012x', seq) || hex(previous)
      || printf('%012x%04x%02x%08x', wall_ms, tick, type, length(body)) || hex(body)),
    hash, wall_ms, tick, own FROM entries;
  CREATE INDEX runs_by_time ON runs (wall_ms, tick);

  CREATE TABLE run_outbox (
    recipient BLOB NOT NULL,
    arrival INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (recipient, arrival)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO run_outbox SELECT recipient, arrival FROM outbox;
  DROP TABLE outbox;
  ALTER TABLE run_outbox RENAME TO outbox;
  DROP TABLE entries;
  `,
  // What peers said of their routers, and how meetings came out that were predicted by it.
  `
  ALTER TABLE cards ADD COLUMN nat BLOB;
  ALTER TABLE cards ADD COLUMN nat_ms INTEGER;

  CREATE TABLE meetings (
    meeting INTEGER PRIMARY KEY,
    peer BLOB NOT NULL,
    name TEXT NOT NULL,
    wall_ms INTEGER NOT NULL,
    expected TEXT NOT NULL,
    outcome TEXT NOT NULL,
    took_ms INTEGER NOT NULL,
    technique TEXT NOT NULL,
    mine TEXT NOT NULL,
    theirs TEXT NOT NULL
  ) STRICT;
  `,
  // What the NATs did of the networks that this machine was in.
  `
  CREATE TABLE networks (
    place TEXT PRIMARY KEY,
    nat BLOB NOT NULL,
    wall_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Where and how people were last met, from each of these networks.
  `
  CREATE TABLE encounters (
    peer BLOB NOT NULL,
    place TEXT NOT NULL,
    remote TEXT NOT NULL,
    technique TEXT NOT NULL,
    wall_ms INTEGER NOT NULL,
    PRIMARY KEY (peer, place)
  ) STRICT, WITHOUT ROWID;
  `,
  // Of a private room what proves that one is in it, empty once it is left, and what invites to it.
  `
  ALTER TABLE rooms ADD COLUMN proof_key BLOB;
  ALTER TABLE rooms ADD COLUMN invitation TEXT;
  `,
  // What one thinks of people.
  `
  ALTER TABLE cards ADD COLUMN trust TEXT NOT NULL DEFAULT 'known';
  ALTER TABLE cards ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
  `,
  // Pages of a room in its order, and what lies across their ends; ids as far as they tell apart.
  `
  CREATE INDEX runs_by_last ON runs (substr(room, 1, 4), wall_ms, tick);
  CREATE INDEX runs_by_first ON runs (substr(room, 1, 4), substr(bytes, 104, 8))
    WHERE entries > 1;
  CREATE INDEX runs_by_author ON runs (substr(room, 1, 4), substr(author, 1, 8), wall_ms, tick)
    WHERE entries > 1;
  `,
  // Which words are in which run, without the text itself, and how far that has come.
  `
  CREATE VIRTUAL TABLE words USING fts5(
    doc, content='', contentless_delete=1, detail=none, tokenize='ascii'
  );
  CREATE TABLE indexed (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    arrival INTEGER NOT NULL
  ) STRICT;
  INSERT INTO indexed VALUES (1, 0);
  `,
  // What of each chain is missing, and what its author has signed.
  `
  -- first to last are missing; hash is that of the run that ends with last. below is the run that
  -- is held under them, above the entry over them.
  CREATE TABLE gaps (
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    hash BLOB NOT NULL,
    below_hash BLOB NOT NULL,
    below_ms INTEGER NOT NULL,
    below_tick INTEGER NOT NULL,
    above_ms INTEGER NOT NULL,
    above_tick INTEGER NOT NULL,
    PRIMARY KEY (room, author, first)
  ) STRICT, WITHOUT ROWID;

  -- The last that is known of a chain, and the last whose run is held.
  CREATE TABLE checkpoints (
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    held INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (room, author, held)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE forks (
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    PRIMARY KEY (room, author)
  ) STRICT, WITHOUT ROWID;
  `,
  // How much of a room is kept, where it is not all.
  `
  CREATE TABLE retentions (
    room BLOB PRIMARY KEY,
    keep_ms INTEGER,
    keep_messages INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
  // Where the edits, deletes and reactions of each message are, and the topics of each room.
  `
  CREATE TABLE amendments (
    room BLOB NOT NULL,
    target_author BLOB NOT NULL,
    target_seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    author BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, target_author, target_seq, kind, author, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE topics (
    room BLOB NOT NULL,
    wall_ms INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    author BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, wall_ms, tick, author, seq)
  ) STRICT, WITHOUT ROWID;
  `,
  // What may be on its way to its recipient, and cannot be called back: of older rows all.
  `
  ALTER TABLE outbox ADD COLUMN tried INTEGER NOT NULL DEFAULT 1;
  `,
  // How far one has read what others say, and they what one has said.
  `
  -- All of the room up to this arrival is read: up to the entry of this author and seq. unread
  -- counts the messages that came since. What there was before this was looked after is read.
  CREATE TABLE marks (
    room BLOB PRIMARY KEY,
    arrival INTEGER NOT NULL,
    author BLOB,
    seq INTEGER,
    unread INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO marks SELECT room, max(arrival + entries - 1), NULL, NULL, 0 FROM runs GROUP BY room;

  -- What others have said in a room, in the order in which it came.
  CREATE INDEX runs_heard ON runs (substr(room, 1, 4)) WHERE own = 0;

  CREATE TABLE reads (
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    peer BLOB NOT NULL,
    seq INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    PRIMARY KEY (room, author, peer)
  ) STRICT, WITHOUT ROWID;
  `,
  // Sealed envelopes: those that are held for others, and what of one's own others hold.
  `
  -- Once the recipient has it, receipt is what it has signed, and the envelope is empty.
  CREATE TABLE held (
    place INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    sender BLOB NOT NULL,
    recipient BLOB NOT NULL,
    envelope BLOB NOT NULL,
    receipt BLOB,
    wall_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE entrusted (
    recipient BLOB NOT NULL,
    arrival INTEGER NOT NULL,
    id BLOB NOT NULL,
    holder BLOB NOT NULL,
    wall_ms INTEGER NOT NULL,
    PRIMARY KEY (recipient, arrival, id),
    FOREIGN KEY (recipient, arrival) REFERENCES outbox ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  `,
  // Up to where each chain was dropped.
  `
  CREATE TABLE floors (
    room BLOB NOT NULL,
    author BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, author)
  ) STRICT, WITHOUT ROWID;
  `,
];

/**
 * Brings the database to this program's version, or to an earlier one that a test begins with, and
 * tells whether there was nothing in it; throws an Error where it is ahead of the program.
 */
export function migrate(db: Database, to = MIGRATIONS.length): boolean {
  const held = versionHeld(db);
  if (held >= to) return false;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(versionOf(db), to)) db.run(sql);
    db.run(`PRAGMA user_version = ${to}`);
  }).immediate();
  return held === 0;
}

/** Throws an Error unless it is this program's version: one that is only read stays as it is. */
export function checkVersion(db: Database): void {
  const held = versionHeld(db);
  if (held === MIGRATIONS.length) return;
  if (held === 0) throw new Error("there is nothing in it: whatever it held is lost");
  throw new Error("an earlier p2pchat has written it: start the client once, which brings it up");
}

/** Throws an Error where the database is ahead of the program. */
function versionHeld(db: Database): number {
  const version = versionOf(db);
  if (version <= MIGRATIONS.length) return version;
  throw new Error(
    `a newer p2pchat has written it (schema ${version}, ` +
      `this program knows ${MIGRATIONS.length}): use that one`,
  );
}

function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}
