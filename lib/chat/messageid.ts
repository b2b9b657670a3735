import { Writer, toHex } from "../base/bytes.ts";
import { type PeerId, type RoomId, idBytes } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { sha256 } from "../crypto/primitives.ts";

const MESSAGE_ID_BYTES = 16;
const CONTEXT = encodeUtf8("p2pchat/1 message ");

/** The name of one message, the same on every machine: 32 hexadecimal digits. PROTOCOL.md §8. */
export function messageId(room: RoomId, author: PeerId, seq: number): string {
  const number = new Writer(6).u48(seq).finish();
  const digest = sha256(CONTEXT, idBytes(room), idBytes(author), number);
  return toHex(digest.subarray(0, MESSAGE_ID_BYTES));
}
