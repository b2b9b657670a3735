import { toHex } from "./bytes.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** An identity: its Ed25519 public key as 64 lower-case hexadecimal digits. */
export type PeerId = Branded<"PeerId">;

/** A conversation, open room or direct: 32 bytes of SHA-256 as 64 hexadecimal digits. */
export type RoomId = Branded<"RoomId">;

/** A sealed envelope: SHA-256 of its bytes as 64 lower-case hexadecimal digits. */
export type EnvelopeId = Branded<"EnvelopeId">;

export const PEER_ID_BYTES = 32;
export const ROOM_ID_BYTES = 32;
export const ENVELOPE_ID_BYTES = 32;

export function peerIdOf(bytes: Uint8Array): PeerId {
  return toHex(bytes) as PeerId;
}

export function roomIdOf(bytes: Uint8Array): RoomId {
  return toHex(bytes) as RoomId;
}

export function envelopeIdOf(hash: Uint8Array): EnvelopeId {
  return toHex(hash) as EnvelopeId;
}

/** Undefined unless the text is 64 lower-case hexadecimal digits. */
export function parsePeerId(text: string): PeerId | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as PeerId) : undefined;
}

export function isPeerId(text: string): text is PeerId {
  return parsePeerId(text) !== undefined;
}

/** The bytes behind an id. */
export function idBytes(id: PeerId | RoomId | EnvelopeId): Uint8Array {
  return Uint8Array.fromHex(id);
}
