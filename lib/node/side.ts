import { compareBytes } from "../base/bytes.ts";
import type { Card } from "../wire/card.ts";
import type { Side } from "../wire/packet.ts";

/** Which of two who meet a node is: both come to the same, by their Noise keys. PROTOCOL.md §4. */
export function sideOf(own: Card, other: Card): Side {
  return compareBytes(own.noiseKey, other.noiseKey) < 0 ? "lower" : "higher";
}
