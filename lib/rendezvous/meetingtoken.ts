import { compareBytes } from "../base/bytes.ts";
import { idBytes, type PeerId } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { hmacSha256 } from "../crypto/primitives.ts";
import { MEETING_TOKEN_BYTES } from "../wire/limits.ts";

const CONTEXT = encodeUtf8("p2pchat/1 meeting");

/**
 * What two clients know each other's probes by: the same for both and at every introduction, and
 * nobody else's, as long as the server keeps its secret. PROTOCOL.md §7.
 */
export function meetingToken(secret: Uint8Array, a: PeerId, b: PeerId): Uint8Array {
  const pair = [idBytes(a), idBytes(b)].toSorted(compareBytes);
  return hmacSha256(secret, CONTEXT, ...pair).slice(0, MEETING_TOKEN_BYTES);
}
