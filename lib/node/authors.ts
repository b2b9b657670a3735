import { TokenBucket } from "../base/bucket.ts";
import type { PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import { isAuthentic } from "../crypto/card.ts";
import { type AsideMessage, encodeAside } from "../wire/aside.ts";
import { decodeCard, encodeCard } from "../wire/card.ts";
import { ASIDE_CHANNEL } from "../wire/channels.ts";
import { CARDS_MAX } from "../wire/limits.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Pins } from "./pins.ts";
import type { Roster } from "./roster.ts";

/** Cards that one peer is told: of a large room at once, then so many a second. */
const TOLD_BURST = 1024;
const TOLD_PER_SECOND = 16;

/** Authors asked for and not told of yet, by one peer. Of more, nobody is asked. */
const ASKED_MAX = 1024;

export interface AuthorsOptions {
  readonly endpoint: Endpoint;
  readonly roster: Roster;
  readonly chat: Chat;
  readonly pins: Pins;
}

/** What is open with one peer. */
interface Exchange {
  /** To be asked for with the next message. */
  readonly next: Set<PeerId>;
  readonly asked: Set<PeerId>;
  readonly told: TokenBucket;
}

/**
 * Who has said what others pass on: of an author who was never met the card is asked of whoever
 * tells of the entries. It carries its owner's signature, and makes nobody known.
 */
export class Authors {
  readonly #options: AuthorsOptions;
  readonly #exchanges = new Map<PeerId, Exchange>();
  /** With whom something has gathered: every turn ends with a look at them. */
  readonly #gathered = new Set<PeerId>();

  constructor(options: AuthorsOptions) {
    this.#options = options;
  }

  /** That peer tells of what this author has said. */
  onAuthor(now: number, author: PeerId, by: PeerId): void {
    if (this.#options.roster.get(author) !== undefined) return;
    const { next, asked } = this.#exchangeWith(now, by);
    if (asked.has(author) || next.size + asked.size >= ASKED_MAX) return;
    next.add(author);
    this.#gathered.add(by);
  }

  /** Asks for those that have gathered. */
  flush(): void {
    for (const peer of this.#gathered) {
      this.#gathered.delete(peer);
      const exchange = this.#exchanges.get(peer);
      if (exchange === undefined) continue;
      const peers = [...exchange.next];
      exchange.next.clear();
      for (const author of peers) exchange.asked.add(author);
      for (let i = 0; i < peers.length; i += CARDS_MAX) {
        this.#send(peer, { kind: "who-are", peers: peers.slice(i, i + CARDS_MAX) });
      }
    }
  }

  /** Only those are told of whose entries the peer may have from us anyway. */
  handleQuestion(now: number, peer: PeerId, authors: readonly PeerId[]): void {
    const { roster, chat } = this.#options;
    const { told } = this.#exchangeWith(now, peer);
    const cards: Uint8Array[] = [];
    for (const author of authors) {
      const card = roster.get(author)?.card;
      if (card === undefined || !chat.mayTellOf(peer, author) || !told.take(now)) continue;
      cards.push(encodeCard(card));
    }
    if (cards.length > 0) this.#send(peer, { kind: "cards", cards });
  }

  handleCards(peer: PeerId, cards: readonly Uint8Array[]): void {
    const { roster, pins } = this.#options;
    const asked = this.#exchanges.get(peer)?.asked;
    for (const bytes of cards) {
      const card = decodeCard(bytes);
      if (card === undefined || asked?.delete(card.peerId) !== true) continue;
      if (roster.get(card.peerId) !== undefined || !isAuthentic(card)) continue;
      pins.onNamed(roster.learn(card));
    }
  }

  onClosed(peer: PeerId): void {
    this.#exchanges.delete(peer);
  }

  #exchangeWith(now: number, peer: PeerId): Exchange {
    const known = this.#exchanges.get(peer);
    if (known !== undefined) return known;
    const told = new TokenBucket(now, TOLD_PER_SECOND, TOLD_BURST);
    const exchange = { next: new Set<PeerId>(), asked: new Set<PeerId>(), told };
    this.#exchanges.set(peer, exchange);
    return exchange;
  }

  #send(peer: PeerId, message: AsideMessage): void {
    this.#options.endpoint.send(peer, ASIDE_CHANNEL, encodeAside(message));
  }
}
