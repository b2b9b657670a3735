import { type Address, parseAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { fromHex, toHex } from "../../lib/base/bytes.ts";
import { type Card, decodeCard, encodeCard } from "../../lib/wire/card.ts";
import type { Word } from "./parent.ts";

/** Who an end is and where, as the other process is told it. */
export interface Place {
  readonly address: Address;
  readonly card: Card;
}

export function placeWord({ address, card }: Place): Word {
  return { address, card: toHex(encodeCard(card)) };
}

export function placeOf(word: Word | undefined): Place {
  return { address: addressOf(word), card: cardOf(word) };
}

export function addressOf(word: Word | undefined): Address {
  const address = parseAddress(String(word?.["address"]));
  assert(address !== undefined, "the other end has an address");
  return address;
}

function cardOf(word: Word | undefined): Card {
  const card = decodeCard(fromHex(String(word?.["card"])) ?? new Uint8Array());
  assert(card !== undefined, "the other end has a card");
  return card;
}
