import { idBytes } from "../base/ids.ts";
import type { ChatWrite, RestoredChat } from "../chat/records.ts";
import { peerOf, roomOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

type RoomWrite = Extract<ChatWrite, { kind: "room" | "member" }>;

const UPSERT_ROOM = `INSERT INTO rooms VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET name = excluded.name, joined = excluded.joined`;
const UPSERT_MEMBER = `INSERT INTO members VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET joined = excluded.joined`;
const SELECT_ROOMS = "SELECT room, name FROM rooms WHERE joined = 1";
const SELECT_MEMBERS = "SELECT room, peer FROM members WHERE joined = 1";

/** The rooms that one is or was in, and who else. */
export class RoomTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  write(write: RoomWrite): void {
    const [room, joined] = [idBytes(write.room), Number(write.joined)];
    if (write.kind === "room") this.#statements.run(UPSERT_ROOM, room, write.name, joined);
    else this.#statements.run(UPSERT_MEMBER, room, idBytes(write.peer), joined);
  }

  rooms(): RestoredChat["rooms"] {
    return this.#statements
      .all<{ room: Uint8Array; name: string }>(SELECT_ROOMS)
      .map(({ room, name }) => ({ room: roomOf(room), name }));
  }

  members(): RestoredChat["members"] {
    return this.#statements
      .all<{ room: Uint8Array; peer: Uint8Array }>(SELECT_MEMBERS)
      .map(({ room, peer }) => ({ room: roomOf(room), peer: peerOf(peer) }));
  }
}
