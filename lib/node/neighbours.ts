import type { Address } from "../base/address.ts";
import { Deadlines } from "../base/deadlines.ts";
import type { PeerId } from "../base/ids.ts";
import type { IntroductionBudget } from "../paths/introductions.ts";
import type { Card } from "../wire/card.ts";

/** People of the local network that are remembered; who was announced longest ago goes first. */
export const NEIGHBOURS_MAX = 1024;

/** Of one person, the latest: both families on two interfaces. */
const ADDRESSES_MAX = 4;

/** An announcement is good for 120 s and is asked for before it ends: one may be lost. */
const NEIGHBOUR_MS = 150_000;

/** When who has not answered is called again; the last repeats. A call itself goes on for 15 s. */
const CALL_GAPS_MS = [5_000, 10_000, 20_000, 40_000];

/** A lost session is first of all the affair of the two that had it. */
const LOST_MS = 500;

/** Why a session ends when its owner leaves: nobody need look for it. */
export const LEAVING = "left";

/** Somebody whom the local network announces, and where. */
export interface Neighbour {
  /** Of the highest serial. */
  readonly card: Card;
  /** At least one, the latest first. */
  readonly addresses: readonly Address[];
}

interface Entry extends Neighbour {
  readonly untilMs: number;
  readonly tries: number;
}

/** Whom this client calls without having been introduced: until connected, and again when lost. */
export class Neighbours {
  readonly #wantsCall: (peerId: PeerId) => boolean;
  /** Announced longest ago first. */
  readonly #entries = new Map<PeerId, Entry>();
  readonly #calls = new Deadlines<PeerId>();
  readonly #budget: IntroductionBudget;

  /** `wantsCall`: whether there is no session yet, or one that a nearer path would improve. */
  constructor(budget: IntroductionBudget, wantsCall: (peerId: PeerId) => boolean) {
    this.#budget = budget;
    this.#wantsCall = wantsCall;
  }

  /** The card's signature has been verified. */
  onAnnounced(now: number, card: Card, address: Address): void {
    const { peerId } = card;
    const known = this.#entries.get(peerId);
    this.#entries.delete(peerId);
    if (known === undefined && this.#entries.size >= NEIGHBOURS_MAX) this.#forgetFirst();
    const isNewer = known === undefined || known.card.serial < card.serial;
    const isNews = isNewer || !known.addresses.includes(address);
    const others = known?.addresses.filter((other) => other !== address) ?? [];
    this.#entries.set(peerId, {
      card: isNewer ? card : known.card,
      addresses: [address, ...others].slice(0, ADDRESSES_MAX),
      untilMs: now + NEIGHBOUR_MS,
      tries: isNews ? 0 : known.tries,
    });
    if (isNews) this.#calls.set(peerId, now);
  }

  /** The session with somebody is over, and why. */
  onClosed(now: number, peerId: PeerId, reason: string): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return;
    if (reason === LEAVING) return this.#forget(peerId);
    this.#entries.set(peerId, { ...entry, tries: 0 });
    this.#calls.set(peerId, now + LOST_MS);
  }

  /** Not to be called for what is known of them. */
  rest(peerId: PeerId): void {
    this.#calls.delete(peerId);
  }

  /** This machine's addresses have changed: everybody is called who is not connected. */
  onNetwork(now: number): void {
    for (const [peerId, entry] of this.#entries) {
      this.#entries.set(peerId, { ...entry, tries: 0 });
      this.#calls.set(peerId, now);
    }
  }

  /** Somebody to call now, at those of the addresses where `isNear` says that one can be. */
  pollCall(now: number, isNear: (address: Address) => boolean): Neighbour | undefined {
    for (;;) {
      const peerId = this.#calls.pollDue(now);
      const entry = peerId === undefined ? undefined : this.#entries.get(peerId);
      if (peerId === undefined || entry === undefined) return undefined;
      if (entry.untilMs <= now) this.#forget(peerId);
      else if (this.#wantsCall(peerId)) {
        const addresses = entry.addresses.filter(isNear);
        const mayCall = addresses.length > 0 && this.#budget.take(now, peerId, "lan") > 0;
        // What was not tried was not in vain.
        const tries = mayCall ? entry.tries + 1 : entry.tries;
        const gapMs = CALL_GAPS_MS[Math.min(entry.tries, CALL_GAPS_MS.length - 1)] ?? Infinity;
        this.#entries.set(peerId, { ...entry, tries });
        this.#calls.set(peerId, now + gapMs);
        if (mayCall) return { card: entry.card, addresses };
      }
    }
  }

  pollTimeout(): number {
    return this.#calls.next;
  }

  #forgetFirst(): void {
    const [first] = this.#entries.keys();
    if (first !== undefined) this.#forget(first);
  }

  #forget(peerId: PeerId): void {
    this.#entries.delete(peerId);
    this.#calls.delete(peerId);
  }
}
