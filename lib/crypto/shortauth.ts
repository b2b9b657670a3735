import { Reader } from "../base/bytes.ts";
import { idBytes, type PeerId } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { sha256 } from "./primitives.ts";

const COMMITMENT = encodeUtf8("p2pchat/1 comparison commitment\0");
const PICTURES = encodeUtf8("p2pchat/1 comparison\0");

/** Pictures that two people compare: 42 bits, of which one guess is had for each comparison. */
const PICTURES_SHOWN = 7;

/** What two compare: who began, who joined in, and the nonce that each has chosen. */
export interface Comparison {
  readonly initiator: PeerId;
  readonly responder: PeerId;
  readonly initiatorNonce: Uint8Array;
  readonly responderNonce: Uint8Array;
}

/**
 * Who begins chooses first and shows last: whoever stands between the two has committed itself to
 * each before it learns what the other will see. PROTOCOL.md §8, after RFC 6189 §4.4.1.1.
 */
export function commitmentTo(nonce: Uint8Array): Uint8Array {
  return sha256(COMMITMENT, nonce);
}

/** Seven numbers below 64, the same on both sides: places in `EMOJI`. */
export function picturesOf(comparison: Comparison): readonly number[] {
  const { initiator, responder, initiatorNonce, responderNonce } = comparison;
  const ids = [idBytes(initiator), idBytes(responder)];
  const reader = new Reader(sha256(PICTURES, ...ids, initiatorNonce, responderNonce));
  return Array.from({ length: PICTURES_SHOWN }, () => reader.u8() % 64);
}
