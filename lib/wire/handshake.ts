import { Reader, Writer, varintSize } from "../base/bytes.ts";
import { type Card, decodeCard } from "./card.ts";

/** The sealed payload of a handshake message, PROTOCOL.md §4. */
export interface HandshakePayload {
  /** The sender's own. */
  readonly card: Card;
  /**
   * The session whose keys this handshake renews: in an initiation the one to go on with, in a
   * response the same where the responder still has it. Undefined begins a new session.
   */
  readonly session: Uint8Array | undefined;
}

export const SESSION_ID_BYTES = 16;

/** `card`, session id or nothing, and zeros up to `bytesMin`. */
export function encodeHandshakePayload(payload: HandshakePayload, bytesMin = 0): Uint8Array {
  const writer = new Writer();
  writer.varint(payload.card.bytes.length).bytes(payload.card.bytes);
  writer.u8(payload.session?.length ?? 0);
  if (payload.session !== undefined) writer.bytes(payload.session);
  return writer.zeros(Math.max(0, bytesMin - writer.length)).finish();
}

/** How long the payload of a response with this card may be. */
export function handshakePayloadBytesMax(cardBytes: number): number {
  return varintSize(cardBytes) + cardBytes + 1 + SESSION_ID_BYTES;
}

/** Undefined where there is no card or the session id has another length. The card is unverified. */
export function decodeHandshakePayload(bytes: Uint8Array): HandshakePayload | undefined {
  const reader = new Reader(bytes);
  const card = decodeCard(reader.bytes(reader.varint()));
  const idLength = reader.u8();
  if (idLength !== 0 && idLength !== SESSION_ID_BYTES) return undefined;
  const session = idLength === 0 ? undefined : reader.bytes(idLength);
  return card === undefined || !reader.ok ? undefined : { card, session };
}
