import { concatBytes } from "../base/bytes.ts";
import { idBytes, peerIdOf } from "../base/ids.ts";
import { encodeUtf8 } from "../base/text.ts";
import { type Card, cardBody } from "../wire/card.ts";
import { sign, type SigningKeyPair, verify } from "./primitives.ts";

/** Goes before what is signed, so that a card's signature is never that of anything else. */
const DOMAIN = encodeUtf8("p2pchat/1 card\0");

export interface CardOptions {
  readonly signing: SigningKeyPair;
  readonly noiseKey: Uint8Array;
  /** As `parseName` returns it. */
  readonly name: string;
  /** Milliseconds since the epoch: the higher of two cards of an identity counts. */
  readonly serial: number;
}

export function signCard(options: CardOptions): Card {
  const { signing, noiseKey, name, serial } = options;
  const fields = { peerId: peerIdOf(signing.publicKey), noiseKey, name, serial };
  return { ...fields, signature: sign(signing, concatBytes(DOMAIN, cardBody(fields))) };
}

/** Whether the identity that the card names has signed it. */
export function isAuthentic(card: Card): boolean {
  return verify(idBytes(card.peerId), concatBytes(DOMAIN, cardBody(card)), card.signature);
}
