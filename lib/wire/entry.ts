import { Reader, Writer } from "../base/bytes.ts";
import {
  type PeerId,
  type RoomId,
  PEER_ID_BYTES,
  ROOM_ID_BYTES,
  idBytes,
  peerIdOf,
  roomIdOf,
} from "../base/ids.ts";
import { TEXT_BYTES_MAX } from "./limits.ts";

/**
 * One entry of an author's log of one room, PROTOCOL.md §8: version 1, room 32, author 32, seq
 * u48, previous 32, wallMs u48, tick u16, type u8, length u32, body. Its hash is SHA-256 of these
 * bytes.
 */
export interface Entry {
  readonly room: RoomId;
  readonly author: PeerId;
  /** Counts from 1 in each (room, author). */
  readonly seq: number;
  /** SHA-256 of the author's entry before, zeros for the first. */
  readonly previous: Uint8Array;
  readonly time: HybridTime;
  readonly type: EntryType;
  readonly body: Uint8Array;
}

/** A hybrid logical clock's reading: wall clock in ms, and a count where that stands still. */
export interface HybridTime {
  readonly wallMs: number;
  readonly tick: number;
}

/** What the body is; readers keep entries of types they do not know and show nothing of them. */
export type EntryType = number;
export const ENTRY_TEXT: EntryType = 1;

export const HASH_BYTES = 32;
export const TICK_MAX = 0xffff;

const VERSION = 1;
/** Everything before the body: 116 bytes. */
const HEADER_BYTES = 1 + ROOM_ID_BYTES + PEER_ID_BYTES + 6 + HASH_BYTES + 6 + 2 + 1 + 4;

export function encodeEntry(entry: Entry): Uint8Array {
  return new Writer(HEADER_BYTES + entry.body.length)
    .u8(VERSION)
    .bytes(idBytes(entry.room))
    .bytes(idBytes(entry.author))
    .u48(entry.seq)
    .bytes(entry.previous)
    .u48(entry.time.wallMs)
    .u16(entry.time.tick)
    .u8(entry.type)
    .u32(entry.body.length)
    .bytes(entry.body)
    .finish();
}

/** Undefined unless the bytes are exactly one entry: what is hashed has no room for extras. */
export function decodeEntry(bytes: Uint8Array): Entry | undefined {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const room = roomIdOf(reader.bytes(ROOM_ID_BYTES));
  const author = peerIdOf(reader.bytes(PEER_ID_BYTES));
  const seq = reader.u48();
  const previous = reader.bytes(HASH_BYTES);
  const time = { wallMs: reader.u48(), tick: reader.u16() };
  const type = reader.u8();
  const length = reader.u32();
  if (length > TEXT_BYTES_MAX || length !== reader.remaining || seq === 0) return undefined;
  const body = reader.rest();
  return reader.ok ? { room, author, seq, previous, time, type, body } : undefined;
}
