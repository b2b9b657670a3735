import { Writer } from "../base/bytes.ts";
import { type PeerId, type RoomId, idBytes } from "../base/ids.ts";

const VERSION = 1;
/** Version, room, author, seq, hash. */
const CHECKPOINT_BODY_BYTES = 1 + 32 + 32 + 6 + 32;
export const CHECKPOINT_SIGNATURE_BYTES = 64;

/** An author's word that its chain in a room goes so far, and what it ends with. */
export interface CheckpointFields {
  readonly room: RoomId;
  readonly author: PeerId;
  /** Of the last entry of a run. */
  readonly seq: number;
  /** That run's: through it, everything below is fixed. */
  readonly hash: Uint8Array;
}

/** A signed tip of a chain. Decoding does not check the signature: see `isAuthenticCheckpoint`. */
export interface Checkpoint extends CheckpointFields {
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
}

/** What the signature covers, after its domain. */
export function checkpointBody({ room, author, seq, hash }: CheckpointFields): Uint8Array {
  const writer = new Writer(CHECKPOINT_BODY_BYTES);
  writer.u8(VERSION).bytes(idBytes(room)).bytes(idBytes(author));
  return writer.u48(seq).bytes(hash).finish();
}
