import { concatBytes, putU16 } from "../../lib/base/bytes.ts";
import type { Random } from "../../lib/base/random.ts";

/** Bytes to put where a length or a kind may be. */
const TELLING = [0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff];

/** The valid bytes after one to four changes: bits, lengths, cuts, repetitions, runs of chance. */
export function mutated(random: Random, valid: Uint8Array): Uint8Array {
  let bytes: Uint8Array = valid.slice();
  for (let left = 1 + below(random, 4); left > 0; left--) bytes = mutatedOnce(random, bytes);
  return bytes;
}

/** Makes them a datagram that tells its length truly: a false one is all that anybody would see. */
export function measured(bytes: Uint8Array): Uint8Array {
  if (bytes.length >= 3) putU16(bytes, 1, bytes.length);
  return bytes;
}

/** Uniform enough in [0, limit). */
export function below(random: Random, limit: number): number {
  const [high = 0, low = 0] = random(2);
  return limit === 0 ? 0 : (high * 256 + low) % limit;
}

function mutatedOnce(random: Random, bytes: Uint8Array): Uint8Array {
  const at = below(random, bytes.length);
  switch (below(random, 6)) {
    case 0:
      bytes.set([(bytes[at] ?? 0) ^ (1 << below(random, 8))].slice(0, bytes.length), at);
      return bytes;
    case 1:
      bytes.set([TELLING[below(random, TELLING.length)] ?? 0].slice(0, bytes.length), at);
      return bytes;
    case 2:
      return bytes.slice(0, at);
    case 3:
      return concatBytes(bytes, random(below(random, 12)));
    case 4:
      return concatBytes(bytes.subarray(0, at), random(1 + below(random, 9)), bytes.subarray(at));
    default: {
      const end = at + below(random, bytes.length - at);
      return concatBytes(bytes.subarray(0, end), bytes.subarray(at));
    }
  }
}
