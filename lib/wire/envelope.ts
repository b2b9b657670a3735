import { assert } from "../base/assert.ts";
import { Reader, Writer } from "../base/bytes.ts";
import { type EnvelopeId, idBytes, type PeerId, type RoomId } from "../base/ids.ts";
import { type Card, decodeCard, encodeCard } from "./card.ts";
import { CHECKPOINT_SIGNATURE_BYTES } from "./checkpoint.ts";
import { passedBytes } from "./exchange.ts";
import { PASSED_BYTES_MAX, PASSED_RUNS_MAX } from "./limits.ts";

/** What an author says in a sealed envelope to somebody who is away. PROTOCOL.md §8. */
export interface EnvelopeContents extends SealedRuns {
  /** The author's. */
  readonly card: Card;
}

/** Runs of one's own, of a conversation of two, each following the one before. */
export interface SealedRuns {
  /** The seq that their recipient must hold before it takes them; 0 where nothing waits before. */
  readonly after: number;
  /** The author's, as of a checkpoint over the last of the runs. */
  readonly signature: Uint8Array;
  /** Their encodings, at least one. */
  readonly runs: readonly Uint8Array[];
}

/** What a recipient signs: it has on its disk what that author has sealed for it. */
export interface ReceiptFields {
  readonly room: RoomId;
  readonly author: PeerId;
  readonly envelope: EnvelopeId;
}

export const RECEIPT_SIGNATURE_BYTES = 64;
const RECEIPT_VERSION = 1;

export function encodeContents({ card, after, signature, runs }: EnvelopeContents): Uint8Array {
  assert(runs.length > 0 && runs.length <= PASSED_RUNS_MAX, "contents are as they are read");
  const bytes = encodeCard(card);
  const writer = new Writer().varint(bytes.length).bytes(bytes);
  writer.u48(after).bytes(signature).varint(runs.length);
  for (const run of runs) writer.varint(run.length).bytes(run);
  return writer.finish();
}

/** Undefined for anything else. Whose card it is, and what the runs are, remains to be verified. */
export function decodeContents(bytes: Uint8Array): EnvelopeContents | undefined {
  const reader = new Reader(bytes);
  const card = decodeCard(reader.bytes(reader.varint()));
  const after = reader.u48();
  const signature = reader.bytes(CHECKPOINT_SIGNATURE_BYTES);
  const count = reader.varint();
  if (card === undefined || count === 0 || count > PASSED_RUNS_MAX) return undefined;
  const runs = Array.from({ length: count }, () => reader.bytes(reader.varint()));
  const size = runs.reduce((sum, run) => sum + passedBytes(run), 0);
  return reader.ok && size <= PASSED_BYTES_MAX ? { card, after, signature, runs } : undefined;
}

/** What the signature of a receipt covers, after its domain. */
export function receiptBody({ room, author, envelope }: ReceiptFields): Uint8Array {
  const writer = new Writer().u8(RECEIPT_VERSION).bytes(idBytes(room));
  return writer.bytes(idBytes(author)).bytes(idBytes(envelope)).finish();
}
