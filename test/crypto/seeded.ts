import { Writer } from "../../lib/base/bytes.ts";
import type { Random } from "../../lib/base/random.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";

/** The same bytes for the same seed: SHA-256 of the seed and a count, block after block. */
export function seeded(seed: number): Random {
  let count = 0;
  return (length) => {
    const stream = new Writer(length);
    while (stream.length < length) {
      stream.bytes(sha256(new Writer(16).u16(0).u48(seed).u16(0).u48(count++).finish()));
    }
    return stream.finish().slice(0, length);
  };
}

/** A copy in which one bit is the other way. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const at = bit >> 3;
  copy.set([(copy.at(at) ?? 0) ^ (1 << (bit & 7))], at);
  return copy;
}
