import { toHex } from "./bytes.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** An identity: its Ed25519 public key as 64 lower-case hexadecimal digits. */
export type PeerId = Branded<"PeerId">;

/** A conversation, open room or direct: 32 bytes of SHA-256 as 64 hexadecimal digits. */
export type RoomId = Branded<"RoomId">;

export const PEER_ID_BYTES = 32;
export const ROOM_ID_BYTES = 32;

export function peerIdOf(bytes: Uint8Array): PeerId {
  return toHex(bytes) as PeerId;
}

export function roomIdOf(bytes: Uint8Array): RoomId {
  return toHex(bytes) as RoomId;
}

/** Undefined unless the text is 64 lower-case hexadecimal digits. */
export function parsePeerId(text: string): PeerId | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as PeerId) : undefined;
}

/** The bytes behind a PeerId or a RoomId. */
export function idBytes(id: PeerId | RoomId): Uint8Array {
  return Uint8Array.fromHex(id);
}
