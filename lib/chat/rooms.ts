import { concatBytes, NO_BYTES } from "../base/bytes.ts";
import { type PeerId, type RoomId, ROOM_ID_BYTES, idBytes, roomIdOf } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { hkdf, KEY_BYTES, sha256 } from "../crypto/primitives.ts";

/** The open room that everybody is in to begin with. */
export const LOBBY = "#lobby";

/** A room that is known by what follows from its secret. */
export interface PrivateRoom {
  readonly room: RoomId;
  /** Whoever has it can prove to be in the room. 32 bytes. */
  readonly proofKey: Uint8Array;
}

/** The id of the open room `#name`. PROTOCOL.md §8. */
export function openRoom(name: string): RoomId {
  return roomIdOf(sha256(encodeUtf8(`p2pchat/1 room ${name}`)));
}

/** What the secret of the private room `#name` is salted with. PROTOCOL.md §8. */
export function secretSalt(name: string): Uint8Array {
  return sha256(encodeUtf8(`p2pchat/1 room secret ${name}`));
}

/** The private room whose secret and name were hashed to this key of 32 bytes. PROTOCOL.md §8. */
export function privateRoom(key: Uint8Array): PrivateRoom {
  const branch = (info: string, length: number): Uint8Array =>
    hkdf(NO_BYTES, key, encodeUtf8(info), length);
  return {
    room: roomIdOf(branch("p2pchat/1 private room", ROOM_ID_BYTES)),
    proofKey: branch("p2pchat/1 room proof key", KEY_BYTES),
  };
}

/** The id of the conversation of two, the same on both sides. PROTOCOL.md §8. */
export function directRoom(a: PeerId, b: PeerId): RoomId {
  const [low, high] = a < b ? [a, b] : [b, a];
  const ids = concatBytes(idBytes(low), idBytes(high));
  return roomIdOf(sha256(concatBytes(encodeUtf8("p2pchat/1 direct "), ids)));
}
