import { concatBytes } from "../base/bytes.ts";
import { type PeerId, type RoomId, idBytes, roomIdOf } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { sha256 } from "../crypto/primitives.ts";

/** The id of the open room `#name`. PROTOCOL.md §8. */
export function openRoom(name: string): RoomId {
  return roomIdOf(sha256(encodeUtf8(`p2pchat/1 room ${name}`)));
}

/** The id of the conversation of two, the same on both sides. PROTOCOL.md §8. */
export function directRoom(a: PeerId, b: PeerId): RoomId {
  const [low, high] = a < b ? [a, b] : [b, a];
  const ids = concatBytes(idBytes(low), idBytes(high));
  return roomIdOf(sha256(concatBytes(encodeUtf8("p2pchat/1 direct "), ids)));
}
