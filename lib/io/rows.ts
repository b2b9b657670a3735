import { peerIdOf, roomIdOf, type PeerId, type RoomId } from "../base/ids.ts";
import { equalBytes } from "../base/bytes.ts";
import { entriesOf } from "../chat/chain.ts";
import type { ChainHead, OutboxRow } from "../chat/records.ts";
import { sha256 } from "../crypto/primitives.ts";
import { decodeRun, type Entry, type Run } from "../wire/entry.ts";

export interface RunRow {
  readonly arrival: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

export interface HeadRow {
  readonly room: Uint8Array;
  readonly author: Uint8Array;
  /** Of the run's first entry. */
  readonly seq: number;
  readonly entries: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  readonly wallMs: number;
  readonly tick: number;
}

/** The entries of a run, each with its own arrival; undefined where the row is damaged. */
export function arrivalsOf({
  arrival,
  ...row
}: RunRow): { readonly arrival: number; readonly entry: Entry }[] | undefined {
  const run = runOf(row);
  return run && entriesOf(run).map((entry, i) => ({ arrival: arrival + i, entry }));
}

/** Undefined where the row is damaged. */
export function outboxRowOf({ arrival, ...row }: RunRow): OutboxRow | undefined {
  const run = runOf(row);
  return run && { position: arrival, run, bytes: row.bytes };
}

/** Whether the disk gives the bytes back as they were written. */
export function isWhole({ bytes, hash }: Pick<RunRow, "bytes" | "hash">): boolean {
  return isBytes(bytes) && isBytes(hash) && equalBytes(sha256(bytes), hash);
}

/** A column's kind is checked as it is written; of a damaged row it may be read as another. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** Nothing can be bound to the end of a chain that is damaged: it would be another history. */
export function headOf(row: HeadRow): ChainHead {
  const { room, author, seq, entries, hash, wallMs, tick } = row;
  if (!isWhole(row)) throw new Error("the last words of somebody in it are damaged");
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

/**
 * Undefined where the row is damaged: somebody may have edited the file, and SQLite checks the kind
 * of a column, not what is in it.
 */
export function runOf(row: Pick<RunRow, "bytes" | "hash">): Run | undefined {
  return isWhole(row) ? decodeRun(row.bytes) : undefined;
}

export function hashOf(bytes: Uint8Array): Uint8Array {
  return bytesOf(bytes, 32);
}

export function bytesOf(bytes: Uint8Array, length: number): Uint8Array {
  const isRight = isBytes(bytes) && bytes.length === length;
  if (!isRight) throw new Error("it has a value of a wrong length");
  return bytes;
}
