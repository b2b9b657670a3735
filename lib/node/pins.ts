import type { PeerId } from "../base/ids.ts";
import { type Card, encodeCard } from "../wire/card.ts";
import type { Write } from "./machine.ts";

/** Cards known to be written; beyond, the one written first is written again when it is met. */
const PINS_MAX = 16_384;

/**
 * Whose cards go to disk: of those who have talked to us, each once in a run, which also says when
 * they were last met; and again only where it has a higher serial.
 */
export class Pins {
  readonly #serials = new Map<PeerId, number>();

  /** What is to be written now that the owner of this card was met. */
  onMet(now: number, card: Card): Write[] {
    const { peerId, serial } = card;
    if ((this.#serials.get(peerId) ?? -1) >= serial) return [];
    const [first] = this.#serials.keys();
    if (first !== undefined && this.#serials.size >= PINS_MAX) this.#serials.delete(first);
    this.#serials.set(peerId, serial);
    return [{ kind: "card", peer: peerId, card: encodeCard(card), wallMs: Math.floor(now) }];
  }
}
