import { Writer, toHex } from "../base/bytes.ts";
import { type PeerId, type RoomId, PEER_ID_BYTES, ROOM_ID_BYTES, idBytes } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { sha256 } from "../crypto/primitives.ts";

const MESSAGE_ID_DIGITS = 32;
const CONTEXT = encodeUtf8("p2pchat/1 message ");

/** The name of one message, the same on every machine: 32 hexadecimal digits. PROTOCOL.md §8. */
export function messageId(room: RoomId, author: PeerId, seq: number): string {
  const writer = new Writer(CONTEXT.length + ROOM_ID_BYTES + PEER_ID_BYTES + 6);
  writer.bytes(CONTEXT).bytes(idBytes(room)).bytes(idBytes(author)).u48(seq);
  return toHex(sha256(writer.finish())).slice(0, MESSAGE_ID_DIGITS);
}
