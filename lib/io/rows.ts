import { peerIdOf, roomIdOf, type PeerId, type RoomId } from "../base/ids.ts";
import { entriesOf } from "../chat/chain.ts";
import type { ChainHead, OutboxRow } from "../chat/records.ts";
import { decodeRun, type Entry, type Run } from "../wire/entry.ts";

export interface RunRow {
  readonly arrival: number;
  readonly bytes: Uint8Array;
}

export interface HeadRow {
  readonly room: Uint8Array;
  readonly author: Uint8Array;
  /** Of the run's first entry. */
  readonly seq: number;
  readonly entries: number;
  readonly hash: Uint8Array;
  readonly wallMs: number;
  readonly tick: number;
}

/** The entries of a run, each with its own arrival. */
export function arrivalsOf({ arrival, bytes }: RunRow): { arrival: number; entry: Entry }[] {
  return entriesOf(runOf(bytes)).map((entry, i) => ({ arrival: arrival + i, entry }));
}

export function outboxRowOf({ arrival, bytes }: RunRow): OutboxRow {
  return { position: arrival, run: runOf(bytes), bytes };
}

export function headOf({ room, author, seq, entries, hash, wallMs, tick }: HeadRow): ChainHead {
  return {
    room: roomOf(room),
    author: peerOf(author),
    seq: seq + entries - 1,
    hash: hashOf(hash),
    time: { wallMs, tick },
  };
}

export function roomOf(bytes: Uint8Array): RoomId {
  return roomIdOf(hashOf(bytes));
}

export function peerOf(bytes: Uint8Array): PeerId {
  return peerIdOf(hashOf(bytes));
}

/** Somebody may have edited the file: SQLite checks the kind of a column, not what is in it. */
function runOf(bytes: Uint8Array): Run {
  const run = decodeRun(bytes);
  if (run === undefined) throw new Error("it has entries that nobody can read");
  return run;
}

export function hashOf(bytes: Uint8Array): Uint8Array {
  return bytesOf(bytes, 32);
}

export function bytesOf(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new Error("it has a value of a wrong length");
  return bytes;
}
