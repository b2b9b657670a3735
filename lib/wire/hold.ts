import { assert } from "../base/assert.ts";
import type { Reader, Writer } from "../base/bytes.ts";
import {
  ENVELOPE_ID_BYTES,
  type EnvelopeId,
  envelopeIdOf,
  idBytes,
  PEER_ID_BYTES,
  type PeerId,
  peerIdOf,
} from "../base/ids.ts";
import { RECEIPT_SIGNATURE_BYTES } from "./envelope.ts";
import { ENVELOPE_BYTES_MAX } from "./limits.ts";

/** About what one keeps for another until a third comes. PROTOCOL.md §8. */
export type HoldMessage =
  /** I hold for others what they have sealed. */
  | { readonly kind: "holder" }
  /** Hold this for that member of a room of ours. */
  | { readonly kind: "hold"; readonly recipient: PeerId; readonly envelope: Uint8Array }
  /** It is on my disk. */
  | { readonly kind: "holding"; readonly id: EnvelopeId }
  /** It is not, or no more. */
  | { readonly kind: "unheld"; readonly id: EnvelopeId; readonly reason: UnheldReason }
  /** I have held this for you. */
  | { readonly kind: "kept"; readonly envelope: Uint8Array }
  /** What is in it is on my disk, and this proves it to its author. */
  | { readonly kind: "taken"; readonly id: EnvelopeId; readonly receipt: Uint8Array }
  /** It is not. */
  | { readonly kind: "untaken"; readonly id: EnvelopeId; readonly reason: UntakenReason }
  /** Its recipient has it, and has signed this. */
  | { readonly kind: "returned"; readonly id: EnvelopeId; readonly receipt: Uint8Array }
  /** I need it no more. */
  | { readonly kind: "done"; readonly id: EnvelopeId };

/**
 * `storage`: the disk refuses. `full`: a limit of the holder's. `unwilling`: it holds nothing, or
 * not between these two. `refused`: its recipient can do nothing with it.
 */
export type UnheldReason = (typeof UNHELD)[number];
const UNHELD = ["storage", "full", "unwilling", "refused"] as const;

/** `later`: bring it again another time. `never`: it is nothing that can be taken. */
export type UntakenReason = (typeof UNTAKEN)[number];
const UNTAKEN = ["later", "never"] as const;

const HOLDER = 24;
const HOLD = 25;
const HOLDING = 26;
const UNHELD_KIND = 27;
const KEPT = 28;
const TAKEN = 29;
const UNTAKEN_KIND = 30;
const RETURNED = 31;
const DONE = 32;

export function writeHold(writer: Writer, message: HoldMessage): Writer {
  switch (message.kind) {
    case "holder":
      return writer.u8(HOLDER);
    case "hold":
      writer.u8(HOLD).bytes(idBytes(message.recipient));
      return writeEnvelope(writer, message.envelope);
    case "holding":
      return writer.u8(HOLDING).bytes(idBytes(message.id));
    case "unheld":
      writer.u8(UNHELD_KIND).bytes(idBytes(message.id));
      return writer.u8(UNHELD.indexOf(message.reason));
    case "kept":
      return writeEnvelope(writer.u8(KEPT), message.envelope);
    case "taken":
      return writer.u8(TAKEN).bytes(idBytes(message.id)).bytes(message.receipt);
    case "untaken":
      writer.u8(UNTAKEN_KIND).bytes(idBytes(message.id));
      return writer.u8(UNTAKEN.indexOf(message.reason));
    case "returned":
      return writer.u8(RETURNED).bytes(idBytes(message.id)).bytes(message.receipt);
    case "done":
      return writer.u8(DONE).bytes(idBytes(message.id));
    default:
      return message satisfies never;
  }
}

/** Undefined for other kinds and beyond a limit; the reader knows whether it was all there. */
export function readHold(kind: number, reader: Reader): HoldMessage | undefined {
  switch (kind) {
    case HOLDER:
      return { kind: "holder" };
    case HOLD: {
      const recipient = peerIdOf(reader.bytes(PEER_ID_BYTES));
      const envelope = readEnvelope(reader);
      return envelope && { kind: "hold", recipient, envelope };
    }
    case HOLDING:
      return { kind: "holding", id: readId(reader) };
    case UNHELD_KIND: {
      const id = readId(reader);
      const reason = UNHELD[reader.u8()];
      return reason && { kind: "unheld", id, reason };
    }
    case KEPT: {
      const envelope = readEnvelope(reader);
      return envelope && { kind: "kept", envelope };
    }
    case TAKEN:
      return { kind: "taken", id: readId(reader), receipt: readReceipt(reader) };
    case UNTAKEN_KIND: {
      const id = readId(reader);
      const reason = UNTAKEN[reader.u8()];
      return reason && { kind: "untaken", id, reason };
    }
    case RETURNED:
      return { kind: "returned", id: readId(reader), receipt: readReceipt(reader) };
    case DONE:
      return { kind: "done", id: readId(reader) };
    default:
      return undefined;
  }
}

function writeEnvelope(writer: Writer, envelope: Uint8Array): Writer {
  assert(envelope.length <= ENVELOPE_BYTES_MAX, "an envelope is as it is read");
  return writer.varint(envelope.length).bytes(envelope);
}

function readEnvelope(reader: Reader): Uint8Array | undefined {
  const length = reader.varint();
  return length > ENVELOPE_BYTES_MAX ? undefined : reader.bytes(length);
}

function readId(reader: Reader): EnvelopeId {
  return envelopeIdOf(reader.bytes(ENVELOPE_ID_BYTES));
}

function readReceipt(reader: Reader): Uint8Array {
  return reader.bytes(RECEIPT_SIGNATURE_BYTES);
}
