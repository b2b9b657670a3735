import { Reader, varintSize, Writer } from "../base/bytes.ts";
import { type Card, decodeCard, encodeCard } from "./card.ts";

/** The sealed payload of a handshake message, PROTOCOL.md §4. */
export interface HandshakePayload {
  /** What the sender wants before packets for it. Sealed: nobody else may choose it. */
  readonly index: number;
  /** The sender's own. */
  readonly card: Card;
  /**
   * The session whose keys this handshake renews: in an initiation the one to go on with, in a
   * response the same where the responder still has it. Undefined begins a new session.
   */
  readonly renewal: Renewal | undefined;
  /**
   * A random number of the sender's run, not 0: of two clients of one identity each has its own. A
   * response that renews a session leaves it out.
   */
  readonly run?: number | undefined;
}

export interface Renewal {
  /** SESSION_ID_BYTES. */
  readonly session: Uint8Array;
  /** Counts the keys of the session: its first are epoch 0. */
  readonly epoch: number;
}

/** The first bytes of the first handshake's hash (Noise §11.2). */
export const SESSION_ID_BYTES = 16;

export const RUN_BYTES = 4;

/** Index, card, whether it renews, session and epoch if so, run, zeros up to `bytesMin`. */
export function encodeHandshakePayload(payload: HandshakePayload, bytesMin = 0): Uint8Array {
  const { index, card, renewal, run = 0 } = payload;
  const cardBytes = encodeCard(card);
  const writer = new Writer();
  writer
    .u32(index)
    .varint(cardBytes.length)
    .bytes(cardBytes)
    .u8(renewal === undefined ? 0 : 1);
  if (renewal !== undefined) writer.bytes(renewal.session).u32(renewal.epoch);
  if (run !== 0) writer.u32(run);
  return writer.zeros(Math.max(0, bytesMin - writer.length)).finish();
}

/** How long the payload of a handshake message with such a card may be, zeros aside. */
export function handshakePayloadBytesMax(cardBytes: number): number {
  return 4 + varintSize(cardBytes) + cardBytes + 1 + SESSION_ID_BYTES + 4 + RUN_BYTES;
}

/** Undefined where there is no well-formed card. Whose card it is remains to be verified. */
export function decodeHandshakePayload(bytes: Uint8Array): HandshakePayload | undefined {
  const reader = new Reader(bytes);
  const index = reader.u32();
  const card = decodeCard(reader.bytes(reader.varint()));
  const renews = reader.u8() === 1;
  const renewal = renews
    ? { session: reader.bytes(SESSION_ID_BYTES), epoch: reader.u32() }
    : undefined;
  const run = reader.remaining < RUN_BYTES ? 0 : reader.u32();
  if (card === undefined || !reader.ok) return undefined;
  return run === 0 ? { index, card, renewal } : { index, card, renewal, run };
}
