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

/** All entries of a chain from a seq on have come by so many higher. */
export interface Shift {
  readonly from: number;
  readonly shift: number;
}

export interface Renumbering extends Shift {
  /** What the ids of the chain begin with. */
  readonly chain: string;
}

/** The number that an entry has after that. */
export function movedSeq(seq: number, { from, shift }: Shift): number {
  return seq < from ? seq : seq + shift;
}

/** The id that a message has after its chain was renumbered: of another chain, the same. */
export function movedId(id: string, move: Renumbering): string {
  const name = parseMessageId(id);
  return name?.chain === move.chain ? messageIdIn(name.chain, movedSeq(name.seq, move)) : id;
}

/** The chain's name and the seq in it; undefined for what is no message's id. */
export function parseMessageId(
  id: string,
): { readonly chain: string; readonly seq: number } | undefined {
  if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
  return { chain: id.slice(0, CHAIN_DIGITS), seq: Number.parseInt(id.slice(CHAIN_DIGITS), 16) };
}
