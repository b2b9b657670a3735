import { peerIdOf, roomIdOf, type PeerId, type RoomId } from "../base/ids.ts";
import type { ChainHead, OutboxRow } from "../chat/records.ts";
import type { Entry } from "../wire/entry.ts";

/** The columns of an entry that `EntryRow` has. */
export const ENTRY_COLUMNS =
  "arrival, room, author, seq, previous, wall_ms AS wallMs, tick, type, body, hash";

export interface EntryRow {
  readonly arrival: number;
  readonly room: Uint8Array;
  readonly author: Uint8Array;
  readonly seq: number;
  readonly previous: Uint8Array;
  readonly wallMs: number;
  readonly tick: number;
  readonly type: number;
  readonly body: Uint8Array;
  readonly hash: Uint8Array;
}

export type HeadRow = Pick<EntryRow, "room" | "author" | "seq" | "hash" | "wallMs" | "tick">;

export function entryOf(row: EntryRow): Entry {
  return {
    room: roomOf(row.room),
    author: peerOf(row.author),
    seq: row.seq,
    previous: hashOf(row.previous),
    time: { wallMs: row.wallMs, tick: row.tick },
    type: row.type,
    body: row.body,
  };
}

export function outboxRowOf(row: EntryRow): OutboxRow {
  return { position: row.arrival, entry: entryOf(row), hash: hashOf(row.hash) };
}

export function headOf({ room, author, seq, hash, wallMs, tick }: HeadRow): ChainHead {
  const time = { wallMs, tick };
  return { room: roomOf(room), author: peerOf(author), seq, hash: hashOf(hash), time };
}

export function roomOf(bytes: Uint8Array): RoomId {
  return roomIdOf(hashOf(bytes));
}

export function peerOf(bytes: Uint8Array): PeerId {
  return peerIdOf(hashOf(bytes));
}

/** Somebody may have edited the file: SQLite checks the kind of a column, not its length. */
function hashOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new Error("it has a value of a wrong length");
  return bytes;
}
