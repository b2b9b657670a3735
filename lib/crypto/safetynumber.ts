import { Reader } from "../base/bytes.ts";
import { idBytes, type PeerId } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { sha512 } from "./primitives.ts";

/** Its version is raised whenever the same two identities would give another number. */
const DOMAIN = encodeUtf8("p2pchat/1 safety number\0");

/** Makes a search for an identity with a similar number 5200 times as dear. */
const ITERATIONS = 5200;

const GROUPS_PER_PARTY = 6;

/**
 * What two people read to each other: 60 digits in 12 groups, the same on both sides, about 100
 * bits for each of the two. It covers the identities; they vouch for Noise keys in their cards.
 */
export function safetyNumber(
  a: { readonly peerId: PeerId },
  b: { readonly peerId: PeerId },
): string {
  return joined(halfOf(a.peerId), halfOf(b.peerId));
}

/** The same out of the halves of both. */
export function joined(a: string, b: string): string {
  return [a, b].toSorted().join(" ");
}

/** 30 digits in 6 groups; five bytes make a group of five digits. */
export function halfOf(peerId: PeerId): string {
  const id = idBytes(peerId);
  let hash = sha512(DOMAIN, id);
  for (let i = 1; i < ITERATIONS; i++) hash = sha512(hash, id);
  const reader = new Reader(hash);
  const groups = Array.from({ length: GROUPS_PER_PARTY }, () => {
    const value = reader.u8() * 2 ** 32 + reader.u32();
    return String(value % 100_000).padStart(5, "0");
  });
  return groups.join(" ");
}
