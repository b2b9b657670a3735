import { assert } from "../base/assert.ts";
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
import { BODY_BYTES_MAX, RUN_BYTES_MAX, RUN_ENTRIES_MAX, RUN_TAG_BYTES } from "./limits.ts";

/** One entry of an author's log of one room. */
export interface Entry extends EntryContent {
  readonly room: RoomId;
  readonly author: PeerId;
  /** Counts from 1 in each (room, author). */
  readonly seq: number;
}

/** What an entry has of its own where its place in the log is known. */
export interface EntryContent {
  readonly time: HybridTime;
  readonly type: EntryType;
  readonly body: Uint8Array;
}

/**
 * Entries that follow one another in a log and were made in one turn for the same people: chained,
 * stored, sent and receipted as one. PROTOCOL.md §8: version 1 or 2, room 32, author 32, seq u48,
 * previous 32; for each entry wallMs u48, tick u16, type u8, length u32, body; of version 2 tag 16.
 */
export interface Run {
  readonly room: RoomId;
  readonly author: PeerId;
  /** The first entry's. */
  readonly seq: number;
  /** SHA-256 of the author's run before, zeros for the first. */
  readonly previous: Uint8Array;
  /** At least one. */
  readonly entries: readonly EntryContent[];
  /** By which its author knows it again; to others it says nothing. */
  readonly tag?: Uint8Array | undefined;
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
const SEQ_MAX = 2 ** 48 - 1;

const VERSION = 1;
const VERSION_TAGGED = 2;
const HEAD_BYTES = 1 + ROOM_ID_BYTES + PEER_ID_BYTES + 6 + HASH_BYTES;
/** Before each body: with the head 116 bytes. */
const CONTENT_HEAD_BYTES = 6 + 2 + 1 + 4;

/** How long a tagged run with these many entries is whose bodies have so many bytes together. */
export function runBytes(entries: number, bodyBytes: number): number {
  return HEAD_BYTES + RUN_TAG_BYTES + entries * CONTENT_HEAD_BYTES + bodyBytes;
}

export function encodeRun(run: Run): Uint8Array {
  const { entries } = run;
  assert(entries.length > 0 && entries.length <= RUN_ENTRIES_MAX, "a run is as it is read");
  const bodyBytes = entries.reduce((sum, { body }) => sum + body.length, 0);
  const writer = new Writer(runBytes(entries.length, bodyBytes));
  const { tag } = run;
  writer.u8(tag === undefined ? VERSION : VERSION_TAGGED);
  writer.bytes(idBytes(run.room)).bytes(idBytes(run.author)).u48(run.seq).bytes(run.previous);
  for (const { time, type, body } of entries) {
    writer.u48(time.wallMs).u16(time.tick).u8(type).u32(body.length).bytes(body);
  }
  if (tag !== undefined) writer.bytes(tag);
  return writer.finish();
}

/** Undefined unless the bytes are exactly one run: what is hashed has no room for extras. */
export function decodeRun(bytes: Uint8Array): Run | undefined {
  if (bytes.length > RUN_BYTES_MAX) return undefined;
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== VERSION && version !== VERSION_TAGGED) return undefined;
  const room = roomIdOf(reader.bytes(ROOM_ID_BYTES));
  const author = peerIdOf(reader.bytes(PEER_ID_BYTES));
  const seq = reader.u48();
  const previous = reader.bytes(HASH_BYTES);
  const tagBytes = version === VERSION_TAGGED ? RUN_TAG_BYTES : 0;
  const entries: EntryContent[] = [];
  do {
    const entry = readContent(reader);
    if (entry === undefined || entries.length === RUN_ENTRIES_MAX) return undefined;
    entries.push(entry);
  } while (reader.remaining > tagBytes);
  const tag = tagBytes > 0 ? reader.bytes(tagBytes) : undefined;
  if (!reader.ok) return undefined;
  if (seq === 0 || seq + entries.length - 1 > SEQ_MAX) return undefined;
  return { room, author, seq, previous, entries, tag };
}

function readContent(reader: Reader): EntryContent | undefined {
  const time = { wallMs: reader.u48(), tick: reader.u16() };
  const type = reader.u8();
  const length = reader.u32();
  if (length > BODY_BYTES_MAX) return undefined;
  const body = reader.bytes(length);
  return reader.ok ? { time, type, body } : undefined;
}
