import type { Address } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import { isAuthentic } from "../crypto/card.ts";
import { type Card, isSameCard } from "../wire/card.ts";
import { type Announcement, type DnsRecord, knownAnswer, type Service } from "./dnssd.ts";

/** Announcements remembered; who was heard longest ago is forgotten first, and heard anew. */
export const ENTRIES_MAX = 1024;

/** The same is told again only after this time: announcements come in pairs, and when asked. */
const TOLD_MS = 900;

/** Those who need not answer: their names fill half of an Ethernet frame. */
const KNOWN_ANSWERS_MAX = 16;

/** A question says what is known for longer than half its time. */
const KNOWN_MS_MIN = 60_000;

/** Somebody announced on the local network, with a card that its owner has signed. */
export interface Found {
  readonly role: Service["role"];
  readonly card: Card;
  readonly address: Address;
}

interface Entry {
  readonly service: Service;
  readonly toldAtMs: number;
  readonly untilMs: number;
}

/** Who was heard on the local network, so that what comes again costs neither work nor words. */
export class LanTable {
  readonly #own: PeerId;
  /** Heard longest ago first. */
  readonly #entries = new Map<string, Entry>();

  constructor(own: PeerId) {
    this.#own = own;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether this is to be told. What is said of an address counts only for that address. */
  hear(now: number, announcement: Announcement, address: Address): Found | undefined {
    const { role, card, ttlSeconds } = announcement;
    if (card.peerId === this.#own) return undefined;
    const key = `${role} ${card.peerId} ${address}`;
    const known = this.#entries.get(key);
    const isSame = known !== undefined && isSameCard(known.service.card, card);
    if (ttlSeconds === 0) {
      // Forged or not: at worst somebody answers a question again.
      this.#entries.delete(key);
      return undefined;
    }
    if (!isSame && !isAuthentic(card)) return undefined;
    const isTold = isSame && now - known.toldAtMs < TOLD_MS;
    this.#entries.delete(key);
    if (this.#entries.size >= ENTRIES_MAX) this.#forgetFirst();
    this.#entries.set(key, {
      service: isSame ? known.service : announcement,
      toldAtMs: isTold ? known.toldAtMs : now,
      untilMs: now + ttlSeconds * 1000,
    });
    return isTold ? undefined : { role, card, address };
  }

  /** For a question: who need not answer it. */
  knownAnswers(now: number): DnsRecord[] {
    const answers = new Map<PeerId, DnsRecord>();
    for (const { service, untilMs } of [...this.#entries.values()].toReversed()) {
      if (untilMs - now <= KNOWN_MS_MIN) continue;
      const ttl = Math.floor((untilMs - now) / 1000);
      answers.set(service.card.peerId, knownAnswer(service, ttl));
      if (answers.size >= KNOWN_ANSWERS_MAX) break;
    }
    return [...answers.values()];
  }

  #forgetFirst(): void {
    const [first] = this.#entries.keys();
    if (first !== undefined) this.#entries.delete(first);
  }
}
