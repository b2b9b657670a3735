import { idBytes } from "../base/ids.ts";
import type { ChatWrite, RestoredChat, RoomRecord } from "../chat/records.ts";
import { peerOf, roomOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

type RoomWrite = Extract<ChatWrite, { kind: "room" | "member" }>;

const UPSERT_ROOM = `INSERT INTO rooms (room, name, joined, proof_key, invitation)
  VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name,
  joined = excluded.joined, proof_key = excluded.proof_key, invitation = excluded.invitation`;
const UPSERT_MEMBER = `INSERT INTO members VALUES (?, ?, 1)
  ON CONFLICT DO UPDATE SET joined = excluded.joined`;
/** Strangers come and go without end. */
const DELETE_MEMBER = "DELETE FROM members WHERE room = ? AND peer = ?";
const SELECT_ROOMS = `SELECT room, name, proof_key AS "proofKey", invitation
  FROM rooms WHERE joined = 1`;
const SELECT_LEFT = "SELECT room FROM rooms WHERE joined = 0 AND proof_key IS NOT NULL";
const SELECT_CALLED = "SELECT joined FROM rooms WHERE name = ?";
const SELECT_MEMBERS = "SELECT room, peer FROM members WHERE joined = 1";

interface RoomRow {
  readonly room: Uint8Array;
  readonly name: string;
  readonly proofKey: Uint8Array | null;
  readonly invitation: string | null;
}

/** The rooms that one is or was in, and who else is. */
export class RoomTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  write(write: RoomWrite): void {
    const room = idBytes(write.room);
    if (write.kind === "room") {
      const { name, joined, proofKey = null, invitation = null } = write;
      this.#statements.run(UPSERT_ROOM, room, name, Number(joined), proofKey, invitation);
    } else {
      const statement = write.joined ? UPSERT_MEMBER : DELETE_MEMBER;
      this.#statements.run(statement, room, idBytes(write.peer));
    }
  }

  rooms(): RestoredChat["rooms"] {
    return this.#statements.all<RoomRow>(SELECT_ROOMS).map(recordOf);
  }

  /** Private ones that were left. */
  left(): RestoredChat["left"] {
    return this.#statements.all<Pick<RoomRow, "room">>(SELECT_LEFT).map(({ room }) => roomOf(room));
  }

  /** Whether one was in a room of this name, and went out of it since. */
  hasLeft(name: string): boolean {
    const rows = this.#statements.all<{ joined: number }>(SELECT_CALLED, name);
    return rows.length > 0 && rows.every(({ joined }) => joined === 0);
  }

  members(): RestoredChat["members"] {
    return this.#statements
      .all<{ room: Uint8Array; peer: Uint8Array }>(SELECT_MEMBERS)
      .map(({ room, peer }) => ({ room: roomOf(room), peer: peerOf(peer) }));
  }
}

function recordOf({ room, name, proofKey, invitation }: RoomRow): RoomRecord {
  const open = { room: roomOf(room), name };
  if (proofKey === null) return open;
  return { ...open, proofKey, ...(invitation === null ? {} : { invitation }) };
}
