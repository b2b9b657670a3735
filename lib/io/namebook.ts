import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { Namesakes } from "../node/namesakes.ts";
import { PEOPLE_MAX } from "../node/roster.ts";
import { decodeCard } from "../wire/card.ts";
import { openReadOnly } from "./readonlydatabase.ts";

/** Names of each kind, those used last at the front: no screen shows more. */
const NAMES_MAX = 256;

/** Somebody waits with a finger on a key. */
const BUSY_TIMEOUT_MS = 50;

const SELECT_CARDS = `SELECT card, blocked FROM cards
  ORDER BY last_met DESC LIMIT ${PEOPLE_MAX}`;
const SELECT_ROOMS = `SELECT name FROM rooms GROUP BY name
  ORDER BY max(joined) DESC, name LIMIT ${NAMES_MAX}`;
const SELECT_SERVERS = `SELECT name FROM servers ORDER BY name LIMIT ${NAMES_MAX}`;

/** What a profile knows by name. */
export interface Namebook {
  /** Such as `bob`, or `bob~91c0aa17` where there are two. */
  readonly people: readonly string[];
  /** Such as `#lobby`. */
  readonly rooms: readonly string[];
  /** Such as `192.0.2.1:3478`. */
  readonly servers: readonly string[];
}

/** Its client may be running. Throws where the database is none that this version can read. */
export function readNamebook(dataDirectory: string): Namebook {
  const db = openReadOnly(join(dataDirectory, "p2pchat.db"));
  try {
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.run("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON");
    const namesIn = (sql: string) => db.query<{ name: string }, []>(sql).all();
    return {
      people: peopleIn(db),
      rooms: namesIn(SELECT_ROOMS).map(({ name }) => name),
      servers: namesIn(SELECT_SERVERS).map(({ name }) => name),
    };
  } finally {
    db.close();
  }
}

/** Who is blocked is not proposed, but has a name that others have as well. */
function peopleIn(db: Database): readonly string[] {
  const names = new Namesakes(PEOPLE_MAX);
  const people = db
    .query<{ card: Uint8Array; blocked: number }, []>(SELECT_CARDS)
    .all()
    .flatMap(({ card: bytes, blocked }) => {
      const card = decodeCard(bytes);
      if (card === undefined) return [];
      const who = { name: card.name, id: card.peerId };
      names.note(who);
      return blocked === 0 ? [who] : [];
    });
  return people.slice(0, NAMES_MAX).map((who) => names.label(who));
}
