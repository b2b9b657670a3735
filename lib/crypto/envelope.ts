import { concatBytes, equalBytes } from "../base/bytes.ts";
import { idBytes, type PeerId } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import { encodeUtf8 } from "../base/text.ts";
import {
  decodeContents,
  encodeContents,
  type EnvelopeContents,
  type ReceiptFields,
  receiptBody,
} from "../wire/envelope.ts";
import { isAuthentic } from "./card.ts";
import { Handshake } from "./handshake.ts";
import { IK } from "./ik.ts";
import { type DhKeyPair, sign, type SigningKeyPair, verify } from "./primitives.ts";

/** So that no envelope is ever the first message of a session, or the other way round. */
const PROLOGUE = encodeUtf8("p2pchat/1 envelope");

/** Goes before what is signed, so that a receipt's signature is never that of anything else. */
const RECEIPT_DOMAIN = encodeUtf8("p2pchat/1 receipt\0");

export interface SealOptions {
  readonly random: Random;
  /** The author's, whose public key is that of the card in the contents. */
  readonly staticKey: DhKeyPair;
  /** The recipient's Noise key; it must satisfy `isNoiseKey`. */
  readonly recipient: Uint8Array;
}

/** A first message of Noise IK that nobody answers: only the recipient can open it. */
export function sealEnvelope(contents: EnvelopeContents, options: SealOptions): Uint8Array {
  const { random, staticKey, recipient: remoteStatic } = options;
  const shared = { pattern: IK, initiator: true, prologue: PROLOGUE, random };
  const handshake = new Handshake({ ...shared, staticKey, remoteStatic });
  return handshake.writeMessage(encodeContents(contents));
}

/**
 * Undefined unless it was sealed for this key by whoever holds the card's Noise key, and the card's
 * identity has signed the card.
 */
export function openEnvelope(
  envelope: Uint8Array,
  staticKey: DhKeyPair,
): EnvelopeContents | undefined {
  const shared = { pattern: IK, initiator: false, prologue: PROLOGUE, random: noRandom };
  const handshake = new Handshake({ ...shared, staticKey });
  const payload = handshake.readMessage(envelope);
  const { remoteStatic } = handshake;
  const contents = payload && decodeContents(payload);
  if (contents === undefined || remoteStatic === undefined) return undefined;
  const { card } = contents;
  return equalBytes(card.noiseKey, remoteStatic) && isAuthentic(card) ? contents : undefined;
}

/** The word of a recipient, which `signing` is the key of. */
export function signReceipt(signing: SigningKeyPair, fields: ReceiptFields): Uint8Array {
  return sign(signing, concatBytes(RECEIPT_DOMAIN, receiptBody(fields)));
}

/** Whether that recipient has signed it. */
export function isAuthenticReceipt(
  recipient: PeerId,
  fields: ReceiptFields,
  signature: Uint8Array,
): boolean {
  return verify(idBytes(recipient), concatBytes(RECEIPT_DOMAIN, receiptBody(fields)), signature);
}

/** Who only reads has nothing to choose. */
function noRandom(): never {
  throw new Error("An envelope is not answered");
}
