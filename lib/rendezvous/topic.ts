import { idBytes, type RoomId } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { sha256 } from "../crypto/primitives.ts";
import { TOPIC_BYTES } from "../wire/limits.ts";

/** Goes before what is hashed, so that a topic is never the hash of anything else. */
const DOMAIN = encodeUtf8("p2pchat/1 topic\0");

/**
 * What a server knows a room as: 16 bytes that differ from server to server, so that two servers
 * cannot compare who is in which room. An open room's name can be guessed, and then found.
 */
export function topicOf(room: RoomId, serverKey: Uint8Array): Uint8Array {
  return sha256(DOMAIN, serverKey, idBytes(room)).slice(0, TOPIC_BYTES);
}
