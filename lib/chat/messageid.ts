import { concatBytes, toHex } from "../base/bytes.ts";
import { type PeerId, type RoomId, idBytes } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { sha256 } from "../crypto/primitives.ts";

/** 80 bits of the chain and 48 of the place in it. */
const CHAIN_DIGITS = 20;
/** Above every seq: what stands behind its first digit has all twelve. */
const SEQ_BASE = 2 ** 48;
const CONTEXT = encodeUtf8("p2pchat/1 message ");

/** The name of one message, the same on every machine: 32 hexadecimal digits. PROTOCOL.md §1. */
export function messageId(room: RoomId, author: PeerId, seq: number): string {
  return messageIdIn(chainName(room, author), seq);
}

/** What the ids of a chain begin with. */
export function chainName(room: RoomId, author: PeerId): string {
  const digest = sha256(concatBytes(CONTEXT, idBytes(room), idBytes(author)));
  return toHex(digest).slice(0, CHAIN_DIGITS);
}

export function messageIdIn(chain: string, seq: number): string {
  return chain + (SEQ_BASE + seq).toString(16).slice(1);
}

/** All of a chain from a seq on has come by so many higher. */
export interface Renumbering {
  /** What the ids of the chain begin with. */
  readonly chain: string;
  readonly from: number;
  readonly shift: number;
}

/** The id that a message has after its chain was renumbered: of another chain, the same. */
export function movedId(id: string, { chain, from, shift }: Renumbering): string {
  const name = parseMessageId(id);
  const isMoved = name?.chain === chain && name.seq >= from;
  return isMoved ? messageIdIn(chain, name.seq + shift) : id;
}

/** The chain's name and the seq in it; undefined for what is no message's id. */
export function parseMessageId(
  id: string,
): { readonly chain: string; readonly seq: number } | undefined {
  if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
  return { chain: id.slice(0, CHAIN_DIGITS), seq: Number.parseInt(id.slice(CHAIN_DIGITS), 16) };
}
