import { idBytes, type PeerId, type RoomId } from "../../base/ids.ts";
import type { Where } from "../../chat/history.ts";
import { chainName } from "../../chat/messageid.ts";
import { directRoom } from "../../chat/rooms.ts";
import { peerOf, roomOf } from "../rows.ts";
import type { KeptRoom } from "../../node/target.ts";
import type { Statements } from "../statements.ts";

/** Rooms and chains whose names are remembered, some MB. */
const REMEMBERED_MAX = 4096;

/** Digits of a room's id that tell it apart from others of its name. */
const ID_DIGITS = 8;

const SELECT_NAME = "SELECT name, joined FROM rooms WHERE room = ?1";
/** Those of a name that one is in, or that something is kept of. */
const SELECT_CALLED = `SELECT room, joined FROM rooms WHERE name = ?1
  AND (joined = 1 OR EXISTS (SELECT 1 FROM runs WHERE runs.room = rooms.room))
  ORDER BY joined DESC, room`;
const SELECT_ROOMS = `
  WITH RECURSIVE held (room) AS (
    SELECT min(room) FROM runs
    UNION ALL SELECT (SELECT min(room) FROM runs WHERE room > held.room)
    FROM held WHERE held.room IS NOT NULL
  )
  SELECT room FROM held WHERE room IS NOT NULL`;

/** Everybody who has written in the room, each found by one step in the index of chains. */
const SELECT_AUTHORS = `
  WITH RECURSIVE authors (author) AS (
    SELECT min(author) FROM runs WHERE room = ?1
    UNION ALL
    SELECT (SELECT min(author) FROM runs WHERE room = ?1 AND author > authors.author)
    FROM authors WHERE authors.author IS NOT NULL
  )
  SELECT author FROM authors WHERE author IS NOT NULL`;

/** Whoever may be the other one of a conversation of two. */
const SELECT_OTHERS = `SELECT peer FROM receipts WHERE room = ?1
  UNION SELECT peer FROM failures WHERE room = ?1
  UNION SELECT recipient FROM outbox JOIN runs USING (arrival) WHERE room = ?1
  UNION SELECT peer FROM cards`;

interface RoomRow {
  readonly room: Uint8Array;
  readonly joined: number;
}

interface PeerRow {
  readonly peer: Uint8Array;
}

/** The rooms and conversations that something is kept of, and how people call them. */
export class Conversations {
  readonly #statements: Statements;
  readonly #me: PeerId;
  readonly #where = new Map<RoomId, Where>();
  readonly #chains = new Map<string, string>();

  constructor(statements: Statements, me: PeerId) {
    this.#statements = statements;
    this.#me = me;
  }

  /** All that there is anything of. */
  rooms(): readonly RoomId[] {
    return this.#statements.all<{ room: Uint8Array }>(SELECT_ROOMS).map(({ room }) => roomOf(room));
  }

  /** A room was entered or left: others of its name may be called something else. */
  onRoomChanged(): void {
    this.#where.clear();
  }

  /** Those of this name, and with such an id, that one is in or that something is kept of. */
  called({ name, prefix }: KeptRoom): readonly RoomId[] {
    const rooms = this.#rowsCalled(name).map(({ room }) => roomOf(room));
    return rooms.filter((room) => room.startsWith(prefix));
  }

  /** What a room is called, `otherwise` where nothing is known of it. */
  labelOf(room: RoomId, otherwise: string = room): string {
    const where = this.where(room);
    return where.kind === "room" ? where.name : otherwise;
  }

  where(room: RoomId): Where {
    const known = this.#where.get(room);
    if (known !== undefined) return known;
    const where = this.#find(room);
    if (this.#where.size >= REMEMBERED_MAX) this.#where.clear();
    this.#where.set(room, where);
    return where;
  }

  /** What the ids of this author's messages begin with there. */
  chain(room: RoomId, author: PeerId): string {
    const key = room + author;
    const known = this.#chains.get(key);
    if (known !== undefined) return known;
    const name = chainName(room, author);
    if (this.#chains.size >= REMEMBERED_MAX) this.#chains.clear();
    this.#chains.set(key, name);
    return name;
  }

  authors(room: RoomId): readonly PeerId[] {
    return this.#statements
      .all<{ author: Uint8Array }>(SELECT_AUTHORS, idBytes(room))
      .map(({ author }) => peerOf(author));
  }

  #find(room: RoomId): Where {
    const [row] = this.#statements.all<RoomRow & { name: string }>(SELECT_NAME, idBytes(room));
    if (row !== undefined) {
      const isAlone = row.joined === 1 || this.#rowsCalled(row.name).length < 2;
      return { kind: "room", name: isAlone ? row.name : `${row.name}~${room.slice(0, ID_DIGITS)}` };
    }
    const authors = this.authors(room).filter((author) => author !== this.#me);
    const isOther = (peer: PeerId) => directRoom(this.#me, peer) === room;
    const other = authors.find(isOther) ?? this.#others(room).find(isOther);
    // Of an identity before this one: who wrote there is the other, as far as anybody knows.
    return { kind: "direct", peer: other ?? authors[0] ?? this.#me };
  }

  #rowsCalled(name: string): readonly RoomRow[] {
    return this.#statements.all<RoomRow>(SELECT_CALLED, name);
  }

  #others(room: RoomId): readonly PeerId[] {
    return this.#statements
      .all<PeerRow>(SELECT_OTHERS, idBytes(room))
      .map(({ peer }) => peerOf(peer));
  }
}
