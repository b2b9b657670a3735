import { assert } from "../base/assert.ts";
import { type Reader, varintSize, type Writer } from "../base/bytes.ts";
import {
  idBytes,
  PEER_ID_BYTES,
  type PeerId,
  peerIdOf,
  ROOM_ID_BYTES,
  type RoomId,
  roomIdOf,
} from "../base/ids.ts";
import { type Checkpoint, CHECKPOINT_SIGNATURE_BYTES } from "./checkpoint.ts";
import { HASH_BYTES } from "./entry.ts";
import {
  CHECKPOINTS_MAX,
  HASH_PREFIX_BYTES,
  PASSED_BYTES_MAX,
  PASSED_RUNS_MAX,
  TIPS_MAX,
} from "./limits.ts";

/** Between members of a room, about what each has of its log. PROTOCOL.md §8. */
export type ExchangeMessage =
  /** Of chains of one room, the latest that I have, or that prove something. */
  | {
      readonly kind: "checkpoints";
      readonly room: RoomId;
      readonly checkpoints: readonly Checkpoint[];
    }
  /** SHA-256 of what I have of the room: who has the same says nothing. */
  | { readonly kind: "digest"; readonly room: RoomId; readonly digest: Uint8Array }
  /** My checkpoints, in the order of their authors; there is none between those listed. */
  | {
      readonly kind: "tips";
      readonly room: RoomId;
      /** The authors are above this one. */
      readonly after: PeerId;
      /** There are none above the last. */
      readonly isLast: boolean;
      readonly tips: readonly Tip[];
    }
  /** Send me the runs that hold these seqs, from the last one down: it ends with `to`. */
  | {
      readonly kind: "want";
      readonly room: RoomId;
      readonly author: PeerId;
      readonly from: number;
      readonly to: number;
      /** The last run's. */
      readonly hash: Uint8Array;
    }
  /** Such runs, from the last one down: what is asked by a `want` of the same `to`. */
  | {
      readonly kind: "runs";
      readonly room: RoomId;
      readonly author: PeerId;
      readonly to: number;
      readonly state: AnswerState;
      readonly runs: readonly Uint8Array[];
    };

export interface Tip {
  readonly author: PeerId;
  readonly seq: number;
  /** The first `HASH_PREFIX_BYTES` of the checkpoint's hash. */
  readonly hashPrefix: Uint8Array;
  /** Up to this seq I have dropped the chain, and want none of it back; 0 for nothing. */
  readonly floor: number;
}

/**
 * `part`: more of the answer follows. `page`: it is over, ask for the rest. `done`: down to `from`.
 * `missing`: I do not have what is below. `coming`: the author is sending it as its own.
 */
export type AnswerState = (typeof STATES)[number];
const STATES = ["part", "page", "done", "missing", "coming"] as const;

const CHECKPOINTS = 16;
const DIGEST = 17;
const TIPS = 18;
const WANT = 19;
const RUNS = 20;

/** Below every author. */
export const NO_AUTHOR: PeerId = peerIdOf(new Uint8Array(PEER_ID_BYTES));

/** What a run takes of `PASSED_BYTES_MAX`. */
export function passedBytes(run: Uint8Array): number {
  return varintSize(run.length) + run.length;
}

export function writeExchange(writer: Writer, message: ExchangeMessage): Writer {
  const room = idBytes(message.room);
  switch (message.kind) {
    case "checkpoints":
      assert(message.checkpoints.length <= CHECKPOINTS_MAX, "no more are written than are read");
      writer.u8(CHECKPOINTS).bytes(room).varint(message.checkpoints.length);
      for (const { author, seq, hash, signature } of message.checkpoints) {
        writer.bytes(idBytes(author)).u48(seq).bytes(hash).bytes(signature);
      }
      return writer;
    case "digest":
      return writer.u8(DIGEST).bytes(room).bytes(message.digest);
    case "tips":
      assert(message.tips.length <= TIPS_MAX, "no more are written than are read");
      writer.u8(TIPS).bytes(room).bytes(idBytes(message.after));
      writer.u8(Number(message.isLast)).varint(message.tips.length);
      for (const { author, seq, hashPrefix, floor } of message.tips) {
        writer.bytes(idBytes(author)).u48(seq).bytes(hashPrefix).u48(floor);
      }
      return writer;
    case "want":
      writer.u8(WANT).bytes(room).bytes(idBytes(message.author));
      return writer.u48(message.from).u48(message.to).bytes(message.hash);
    case "runs": {
      const { runs, state } = message;
      const bytes = runs.reduce((sum, run) => sum + passedBytes(run), 0);
      assert(runs.length <= PASSED_RUNS_MAX, "no more are written than are read");
      assert(bytes <= PASSED_BYTES_MAX, "they fit a message");
      writer.u8(RUNS).bytes(room).bytes(idBytes(message.author)).u48(message.to);
      writer.u8(STATES.indexOf(state)).varint(runs.length);
      for (const run of runs) writer.varint(run.length).bytes(run);
      return writer;
    }
    default:
      return message satisfies never;
  }
}

/** Undefined for other kinds and beyond a limit; the reader knows whether it was all there. */
export function readExchange(kind: number, reader: Reader): ExchangeMessage | undefined {
  switch (kind) {
    case CHECKPOINTS:
      return readCheckpoints(reader);
    case DIGEST:
      return { kind: "digest", room: readRoom(reader), digest: reader.bytes(HASH_BYTES) };
    case TIPS:
      return readTips(reader);
    case WANT: {
      const [room, author] = [readRoom(reader), readAuthor(reader)];
      const [from, to] = [reader.u48(), reader.u48()];
      const hash = reader.bytes(HASH_BYTES);
      return from > 0 && from <= to ? { kind: "want", room, author, from, to, hash } : undefined;
    }
    case RUNS:
      return readRuns(reader);
    default:
      return undefined;
  }
}

function readCheckpoints(reader: Reader): ExchangeMessage | undefined {
  const room = readRoom(reader);
  const count = reader.varint();
  if (count > CHECKPOINTS_MAX) return undefined;
  const checkpoints = Array.from({ length: count }, () => {
    const [author, seq] = [readAuthor(reader), reader.u48()];
    const hash = reader.bytes(HASH_BYTES);
    return { room, author, seq, hash, signature: reader.bytes(CHECKPOINT_SIGNATURE_BYTES) };
  });
  return { kind: "checkpoints", room, checkpoints };
}

function readTips(reader: Reader): ExchangeMessage | undefined {
  const [room, after] = [readRoom(reader), readAuthor(reader)];
  const isLast = reader.u8() !== 0;
  const count = reader.varint();
  if (count > TIPS_MAX) return undefined;
  const tips = Array.from({ length: count }, () => {
    const [author, seq] = [readAuthor(reader), reader.u48()];
    const hashPrefix = reader.bytes(HASH_PREFIX_BYTES);
    return { author, seq, hashPrefix, floor: reader.u48() };
  });
  const isRising = tips.every(({ author }, i) => author > (tips[i - 1]?.author ?? after));
  return isRising ? { kind: "tips", room, after, isLast, tips } : undefined;
}

function readRuns(reader: Reader): ExchangeMessage | undefined {
  const [room, author] = [readRoom(reader), readAuthor(reader)];
  const to = reader.u48();
  const state = STATES[reader.u8()];
  const count = reader.varint();
  if (state === undefined || count > PASSED_RUNS_MAX) return undefined;
  const runs = Array.from({ length: count }, () => reader.bytes(reader.varint()));
  const bytes = runs.reduce((sum, run) => sum + passedBytes(run), 0);
  return bytes <= PASSED_BYTES_MAX ? { kind: "runs", room, author, to, state, runs } : undefined;
}

function readRoom(reader: Reader): RoomId {
  return roomIdOf(reader.bytes(ROOM_ID_BYTES));
}

function readAuthor(reader: Reader): PeerId {
  return peerIdOf(reader.bytes(PEER_ID_BYTES));
}
