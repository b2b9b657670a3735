import { Reader, Writer } from "../base/bytes.ts";
import { idBytes, type RoomId, ROOM_ID_BYTES, roomIdOf } from "../base/ids.ts";

/**
 * In a datagram frame, beside what is carried (`RelayDatagram`): somebody types, or has stopped. It
 * ages in seconds, and is not sent again where it is lost. PROTOCOL.md §8.
 */
export interface TypingDatagram {
  /** Undefined for what is between the two. */
  readonly room: RoomId | undefined;
  readonly isTyping: boolean;
}

const TYPING = 4;

export function encodeTyping({ room, isTyping }: TypingDatagram): Uint8Array {
  const writer = new Writer().u8(TYPING).u8(isTyping ? 1 : 0);
  return room === undefined ? writer.finish() : writer.bytes(idBytes(room)).finish();
}

/** Undefined for other kinds and for bytes that are not this one's. */
export function decodeTyping(bytes: Uint8Array): TypingDatagram | undefined {
  const reader = new Reader(bytes);
  if (reader.u8() !== TYPING) return undefined;
  const isTyping = reader.u8() === 1;
  const room = reader.remaining === 0 ? undefined : roomIdOf(reader.bytes(ROOM_ID_BYTES));
  return reader.ok ? { room, isTyping } : undefined;
}
