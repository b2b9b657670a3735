import { assert } from "../base/assert.ts";
import { Reader, Writer } from "../base/bytes.ts";
import { type RoomId, ROOM_ID_BYTES, idBytes, roomIdOf } from "../base/ids.ts";
import { HASH_BYTES, type HybridTime } from "./entry.ts";
import { type ExchangeMessage, readExchange, writeExchange } from "./exchange.ts";
import { type HoldMessage, readHold, writeHold } from "./hold.ts";
import { HEADS_MAX, PROOF_BYTES, READ_MARKS_MAX, RECEIPT_SEQS_MAX, ROOMS_MAX } from "./limits.ts";

/** Between two clients, on the chat channel of their session. PROTOCOL.md §8. */
export type ChatMessage =
  /** The first word of a conversation: the open rooms I am in, proofs for the private ones. */
  | {
      readonly kind: "rooms";
      readonly rooms: readonly RoomId[];
      readonly proofs: readonly Uint8Array[];
    }
  /** I have come into this open room. */
  | { readonly kind: "join"; readonly room: RoomId }
  | { readonly kind: "leave"; readonly room: RoomId }
  /** A `Run`'s bytes; its author must be the session's peer. */
  | { readonly kind: "entries"; readonly run: Uint8Array }
  /** Your runs of this room that begin with these are on my disk. */
  | {
      readonly kind: "receipt";
      readonly room: RoomId;
      readonly seqs: readonly number[];
    }
  /** Your run that begins with this is not on my disk. */
  | {
      readonly kind: "refusal";
      readonly room: RoomId;
      readonly seq: number;
      readonly reason: RefusalReason;
    }
  | { readonly kind: "punch"; readonly token: number }
  | { readonly kind: "punched"; readonly token: number }
  /** I have come into a private room, and whoever is in it knows by this which. */
  | { readonly kind: "prove"; readonly proof: Uint8Array }
  /** I have left the private room that this proved. */
  | { readonly kind: "withdraw"; readonly proof: Uint8Array }
  /** What you have said in these rooms the person here has read so far. */
  | { readonly kind: "read"; readonly marks: readonly ReadMark[] }
  /** So far I hold your own chains. The first in a session leaves out those I have none of. */
  | { readonly kind: "heads"; readonly heads: readonly Head[] }
  | ExchangeMessage
  | HoldMessage;

/** Of the room's entries by whoever is told this: read up to here, as far as they are held. */
export interface ReadMark {
  readonly room: RoomId;
  readonly seq: number;
}

/** The last run that is held of a chain; seq 0 where there is none. */
export interface Head {
  readonly room: RoomId;
  /** The last entry's. */
  readonly seq: number;
  readonly hash: Uint8Array;
  /** The last entry's. */
  readonly time: HybridTime;
}

/** `storage`: try again later. `not-a-member`: not in that room. `invalid`: never acceptable. */
export type RefusalReason = "storage" | "not-a-member" | "invalid";

const JOIN = 1;
const LEAVE = 2;
const ENTRIES = 3;
const RECEIPT = 4;
const REFUSAL = 5;
const PUNCH = 6;
const PUNCHED = 7;
const ROOMS = 8;
const PROVE = 9;
const WITHDRAW = 10;
const READ = 11;
const HEADS = 12;
const REASONS = ["storage", "not-a-member", "invalid"] as const;

export function encodeChat(message: ChatMessage): Uint8Array {
  const writer = new Writer();
  switch (message.kind) {
    case "rooms":
      return encodeRooms(message.rooms, message.proofs);
    case "join":
      return writer.u8(JOIN).bytes(idBytes(message.room)).finish();
    case "leave":
      return writer.u8(LEAVE).bytes(idBytes(message.room)).finish();
    case "entries":
      return new Writer(1 + message.run.length).u8(ENTRIES).bytes(message.run).finish();
    case "receipt":
      assert(message.seqs.length <= RECEIPT_SEQS_MAX, "a receipt is as short as it is read");
      writer.u8(RECEIPT).bytes(idBytes(message.room)).varint(message.seqs.length);
      for (const seq of message.seqs) writer.varint(seq);
      return writer.finish();
    case "refusal":
      writer.u8(REFUSAL).bytes(idBytes(message.room)).varint(message.seq);
      return writer.u8(REASONS.indexOf(message.reason)).finish();
    case "punch":
      return writer.u8(PUNCH).u32(message.token).finish();
    case "punched":
      return writer.u8(PUNCHED).u32(message.token).finish();
    case "prove":
      return writer.u8(PROVE).bytes(message.proof).finish();
    case "withdraw":
      return writer.u8(WITHDRAW).bytes(message.proof).finish();
    case "read":
      assert(message.marks.length <= READ_MARKS_MAX, "no more rooms are told of than are read");
      writer.u8(READ).u8(message.marks.length);
      for (const { room, seq } of message.marks) writer.bytes(idBytes(room)).u48(seq);
      return writer.finish();
    case "heads":
      return encodeHeads(message.heads);
    case "checkpoints":
    case "digest":
    case "tips":
    case "want":
    case "runs":
      return writeExchange(writer, message).finish();
    case "holder":
    case "hold":
    case "holding":
    case "unheld":
    case "kept":
    case "taken":
    case "untaken":
    case "returned":
    case "done":
      return writeHold(writer, message).finish();
    default:
      return message satisfies never;
  }
}

function encodeRooms(rooms: readonly RoomId[], proofs: readonly Uint8Array[]): Uint8Array {
  assert(rooms.length + proofs.length <= ROOMS_MAX, "no more rooms are written than are read");
  const writer = new Writer().u8(ROOMS).u8(rooms.length);
  for (const room of rooms) writer.bytes(idBytes(room));
  writer.u8(proofs.length);
  for (const proof of proofs) writer.bytes(proof);
  return writer.finish();
}

function encodeHeads(heads: readonly Head[]): Uint8Array {
  assert(heads.length <= HEADS_MAX, "no more heads are written than are read");
  const writer = new Writer().u8(HEADS).u8(heads.length);
  for (const { room, seq, hash, time } of heads) {
    writer.bytes(idBytes(room)).u48(seq).bytes(hash).u48(time.wallMs).u16(time.tick);
  }
  return writer.finish();
}

/** Undefined for unknown kinds and for bytes that are not the kind's. */
export function decodeChat(bytes: Uint8Array): ChatMessage | undefined {
  const reader = new Reader(bytes);
  const message = readChat(reader);
  return reader.ok ? message : undefined;
}

function readChat(reader: Reader): ChatMessage | undefined {
  const kind = reader.u8();
  switch (kind) {
    case ROOMS: {
      const count = reader.u8();
      if (count > ROOMS_MAX) return undefined;
      const rooms = Array.from({ length: count }, () => roomIdOf(reader.bytes(ROOM_ID_BYTES)));
      const proofCount = reader.u8();
      if (count + proofCount > ROOMS_MAX) return undefined;
      const proofs = Array.from({ length: proofCount }, () => reader.bytes(PROOF_BYTES));
      return { kind: "rooms", rooms, proofs };
    }
    case JOIN:
      return { kind: "join", room: roomIdOf(reader.bytes(ROOM_ID_BYTES)) };
    case LEAVE:
      return { kind: "leave", room: roomIdOf(reader.bytes(ROOM_ID_BYTES)) };
    case ENTRIES:
      return { kind: "entries", run: reader.rest() };
    case RECEIPT: {
      const room = roomIdOf(reader.bytes(ROOM_ID_BYTES));
      const count = reader.varint();
      if (count > RECEIPT_SEQS_MAX) return undefined;
      return {
        kind: "receipt",
        room,
        seqs: Array.from({ length: count }, () => reader.varint()),
      };
    }
    case REFUSAL: {
      const room = roomIdOf(reader.bytes(ROOM_ID_BYTES));
      const seq = reader.varint();
      const reason = REASONS[reader.u8()];
      return reason === undefined ? undefined : { kind: "refusal", room, seq, reason };
    }
    case PUNCH:
      return { kind: "punch", token: reader.u32() };
    case PUNCHED:
      return { kind: "punched", token: reader.u32() };
    case PROVE:
      return { kind: "prove", proof: reader.bytes(PROOF_BYTES) };
    case WITHDRAW:
      return { kind: "withdraw", proof: reader.bytes(PROOF_BYTES) };
    case READ: {
      const count = reader.u8();
      if (count > READ_MARKS_MAX) return undefined;
      const marks = Array.from({ length: count }, () => {
        return { room: roomIdOf(reader.bytes(ROOM_ID_BYTES)), seq: reader.u48() };
      });
      return marks.every(({ seq }) => seq > 0) ? { kind: "read", marks } : undefined;
    }
    case HEADS: {
      const count = reader.u8();
      if (count > HEADS_MAX) return undefined;
      return { kind: "heads", heads: Array.from({ length: count }, () => readHead(reader)) };
    }
    default:
      return readExchange(kind, reader) ?? readHold(kind, reader);
  }
}

function readHead(reader: Reader): Head {
  const room = roomIdOf(reader.bytes(ROOM_ID_BYTES));
  const [seq, hash] = [reader.u48(), reader.bytes(HASH_BYTES)];
  return { room, seq, hash, time: { wallMs: reader.u48(), tick: reader.u16() } };
}
