import { idBytes } from "../base/ids.ts";
import type { Trust } from "../node/events.ts";
import type { KeptPerson, PersonWrite } from "../node/machine.ts";
import type { Statements } from "./statements.ts";

/** Meetings that are remembered; of more the oldest are forgotten. */
export const MEETINGS_MAX = 1000;

const UPSERT_CARD = `INSERT INTO cards (peer, card, first_seen, last_met, trust)
  VALUES (?1, ?2, ?3, ?3, ?4) ON CONFLICT DO UPDATE SET card = excluded.card,
  last_met = excluded.last_met, trust = iif(trust = 'new', excluded.trust, trust)`;
const UPSERT_TRUST = `INSERT INTO cards (peer, card, first_seen, last_met, trust, blocked)
  VALUES (?1, ?2, ?3, ?3, ?4, ?5)
  ON CONFLICT DO UPDATE SET card = excluded.card, trust = excluded.trust,
  blocked = excluded.blocked`;
const UPDATE_NAT = "UPDATE cards SET nat = ?, nat_ms = ? WHERE peer = ?";
const INSERT_MEETING = `INSERT INTO meetings
  (peer, name, wall_ms, expected, outcome, took_ms, technique, mine, theirs)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const FORGET_MEETINGS = `DELETE FROM meetings
  WHERE meeting <= (SELECT max(meeting) FROM meetings) - ${MEETINGS_MAX}`;
const SELECT_PEOPLE = `SELECT card, trust, blocked, last_met AS lastSeenMs FROM cards
  ORDER BY blocked, trust = 'verified', last_met`;

/** Everybody who was met, and how. */
export class PeopleTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  write(write: PersonWrite): void {
    const wallMs = Math.floor(write.wallMs);
    const peer = idBytes(write.peer);
    switch (write.kind) {
      case "card":
        this.#statements.run(UPSERT_CARD, peer, write.card, wallMs, write.trust);
        return;
      case "trust":
        this.#statements.run(
          UPSERT_TRUST,
          peer,
          write.card,
          wallMs,
          write.trust,
          Number(write.isBlocked),
        );
        return;
      case "nat":
        this.#statements.run(UPDATE_NAT, write.nat, wallMs, peer);
        return;
      case "meeting": {
        const { name, expected, outcome, tookMs, technique, mine, theirs } = write;
        const what = [expected, outcome, Math.floor(tookMs), technique, mine, theirs] as const;
        this.#statements.run(INSERT_MEETING, peer, name, wallMs, ...what);
        this.#statements.run(FORGET_MEETINGS);
        return;
      }
      default:
        write satisfies never;
    }
  }

  /** Those met longest ago first, the verified and the blocked last. */
  people(): KeptPerson[] {
    return this.#statements
      .all<{ card: Uint8Array; trust: string; blocked: number; lastSeenMs: number }>(SELECT_PEOPLE)
      .map(({ card, trust, blocked, lastSeenMs }) => {
        return { card, trust: trustOf(trust), isBlocked: blocked !== 0, lastSeenMs };
      });
  }
}

/** Of what somebody has edited into the file, nothing makes a person trusted. */
function trustOf(text: string): Trust {
  switch (text) {
    case "new":
    case "known":
    case "verified":
    case "changed":
      return text;
    default:
      return "changed";
  }
}
